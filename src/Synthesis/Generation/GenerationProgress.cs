namespace TurkishLlm.Synthesis.Generation;

/// <summary>Progress of sending requests.</summary>
/// <param name="Done">Number of requests that were answered or given up.</param>
/// <param name="Total">Total number of requests.</param>
/// <param name="Spent">Cost so far in dollars, including earlier runs.</param>
public sealed record GenerationProgress(int Done, int Total, decimal Spent);
