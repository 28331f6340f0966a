namespace TurkishLlm.Synthesis.Generation;

/// <summary>How far requests are.</summary>
/// <param name="Done">Answered or given up.</param>
/// <param name="Total">All of them.</param>
/// <param name="Spent">Dollars so far, earlier runs included.</param>
public sealed record GenerationProgress(int Done, int Total, decimal Spent);
