namespace TurkishLlm.Training.Distributed;

/// <summary>Thrown when the library that sums tensors over processes fails.</summary>
/// <param name="message">The error message of the library.</param>
public sealed class CollectiveException(string message) : Exception(message);
