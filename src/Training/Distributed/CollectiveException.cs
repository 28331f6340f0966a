namespace TurkishLlm.Training.Distributed;

/// <summary>The library that adds up tensors of several processes failed.</summary>
/// <param name="message">What the library says.</param>
public sealed class CollectiveException(string message) : Exception(message);
