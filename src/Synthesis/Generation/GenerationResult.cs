namespace TurkishLlm.Synthesis.Generation;

/// <summary>What came of requests.</summary>
/// <param name="PreviouslyAnswered">Answered by an earlier run.</param>
/// <param name="Answered">Answered by this one.</param>
/// <param name="Unreadable">Given up: no reply could be read.</param>
/// <param name="Failed">Left for the next run: no reply came.</param>
/// <param name="Unsent">Not sent, since the budget is reached.</param>
/// <param name="FirstFailure">What happened first to a request that failed; empty where none did.</param>
public sealed record GenerationResult(int PreviouslyAnswered, int Answered, int Unreadable, int Failed, int Unsent, string FirstFailure);
