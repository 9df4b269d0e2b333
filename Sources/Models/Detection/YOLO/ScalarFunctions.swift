import Foundation

/// 1 / (1 + e⁻ˣ).
func logistic(_ x: Float) -> Float { Float(1 / (1 + exp(-Double(x)))) }

/// The natural logarithm.
func logarithm(_ x: Float) -> Float { Float(log(Double(x))) }
