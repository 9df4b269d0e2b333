@_exported import Datasets
@_exported import Engine
@_exported import Images
@_exported import Models
@_exported import Training
