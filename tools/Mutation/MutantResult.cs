using System.Text.Json.Serialization;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Outcome of a mutation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MutantStatus>))]
internal enum MutantStatus
{
    /// <summary>A requirement or test fails and says why.</summary>
    Killed,

    /// <summary>All requirements hold and all tests pass.</summary>
    Survived,

    /// <summary>Something failed without a measurement: an exception, a crash, or a timeout.</summary>
    Crashed,

    /// <summary>The mutated source does not compile.</summary>
    CompileError,
}

/// <summary>A line of the journal.</summary>
/// <param name="Id">The mutation.</param>
/// <param name="Digest">Hash of the mutated source; a result with another hash is stale.</param>
/// <param name="Status">The outcome.</param>
/// <param name="KilledBy">The first requirement or test that failed.</param>
/// <param name="Message">Its message.</param>
/// <param name="Seconds">Time to compile and judge.</param>
internal sealed record MutantResult(
    string Id, string Digest, MutantStatus Status, string KilledBy, string Message, double Seconds);
