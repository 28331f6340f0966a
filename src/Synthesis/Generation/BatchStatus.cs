namespace TurkishLlm.Synthesis.Generation;

/// <summary>How far a batch has been processed.</summary>
/// <param name="HasEnded">True if the service does not process the batch any more.</param>
/// <param name="Done">Number of processed requests; 0 if the service does not give it.</param>
/// <param name="Error">Why the service does not process the batch; null if it does.</param>
public sealed record BatchStatus(bool HasEnded, int Done, ServiceError? Error);
