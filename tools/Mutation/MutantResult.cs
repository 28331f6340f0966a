using System.Text.Json.Serialization;

namespace TurkishLlm.Tools.Mutation;

/// <summary>What became of a mutation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MutantStatus>))]
internal enum MutantStatus
{
    /// <summary>A requirement or test says what is wrong.</summary>
    Killed,

    /// <summary>Everything holds.</summary>
    Survived,

    /// <summary>Something failed without measuring: an exception, a crash, a process that did not end.</summary>
    Crashed,

    /// <summary>It does not compile.</summary>
    CompileError,
}

/// <summary>One line of the journal.</summary>
/// <param name="Id">The mutation.</param>
/// <param name="Digest">Of mutation and source, so that what has changed is tried again.</param>
/// <param name="Status">What became of it.</param>
/// <param name="KilledBy">Requirement or test that killed it first.</param>
/// <param name="Message">What it said.</param>
/// <param name="Seconds">From the edit to the verdict.</param>
internal sealed record MutantResult(string Id, string Digest, MutantStatus Status, string KilledBy, string Message, double Seconds);
