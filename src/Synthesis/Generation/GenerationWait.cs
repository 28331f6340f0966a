namespace TurkishLlm.Synthesis.Generation;

/// <summary>An announced wait.</summary>
/// <param name="Subject">What is waited for: a group, or a batch.</param>
/// <param name="Delay">The time until the next try.</param>
/// <param name="Reason">Why.</param>
/// <param name="Attempt">Number of the try that failed, from 1; 0 if nothing failed.</param>
/// <param name="MaxAttempts">Maximum number of tries; 0 if there is no limit.</param>
public sealed record GenerationWait(string Subject, TimeSpan Delay, string Reason, int Attempt, int MaxAttempts);
