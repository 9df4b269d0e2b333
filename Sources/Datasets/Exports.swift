// A data set is made of pictures: who imports it needs their types.
@_exported import Images
