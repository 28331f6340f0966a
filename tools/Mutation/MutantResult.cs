using System.Text.Json.Serialization;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Outcome of a mutation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MutantStatus>))]
internal enum MutantStatus
{
    /// <summary>A requirement or test fails, by a measurement or by an exception.</summary>
    Killed,

    /// <summary>A requirement or test takes more than ten times as long as on the unchanged code.</summary>
    TimedOut,

    /// <summary>All requirements hold and all tests pass.</summary>
    Survived,

    /// <summary>The process of the requirements or tests ended before it could report.</summary>
    Crashed,

    /// <summary>The mutated source does not compile.</summary>
    CompileError,

    /// <summary>The mutant has the same code as the original, or is listed as equivalent.</summary>
    Equivalent,
}

/// <summary>A line of the journal.</summary>
/// <param name="Id">The mutation.</param>
/// <param name="Digest">Hash of the mutated source; a result with another hash is stale.</param>
/// <param name="Status">The outcome.</param>
/// <param name="KilledBy">The first requirement or test that failed.</param>
/// <param name="Message">Its message.</param>
/// <param name="Seconds">Time to compile and judge.</param>
internal sealed record MutantResult(
    string Id, string Digest, MutantStatus Status, string KilledBy, string Message, double Seconds)
{
    /// <summary>True if a requirement or test noticed the bug.</summary>
    public bool IsDetected => Status is MutantStatus.Killed or MutantStatus.TimedOut;
}
