namespace TurkishLlm.Synthesis.Generation;

/// <summary>The result of sending requests.</summary>
/// <param name="PreviouslyAnswered">Number of requests answered by an earlier run.</param>
/// <param name="Answered">Number of requests answered by this run.</param>
/// <param name="Unreadable">Number of requests given up because all replies were unreadable.</param>
/// <param name="Failed">Number of requests without a reply, left for the next run.</param>
/// <param name="Unsent">Number of requests not sent because the budget is exhausted.</param>
/// <param name="FirstFailure">The first failure; empty if there was none.</param>
public sealed record GenerationResult(
    int PreviouslyAnswered, int Answered, int Unreadable, int Failed, int Unsent, string FirstFailure)
{
    /// <summary>Why the first request that was given up has no readable reply; empty if all others have one.</summary>
    public string FirstProblem { get; init; } = "";
}
