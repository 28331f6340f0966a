using System.Text.Json.Serialization;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>How far a mutant was judged.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TrialStage>))]
internal enum TrialStage
{
    /// <summary>It was not run: it does not compile, or is equivalent.</summary>
    NotRun,

    /// <summary>The specification and the unit tests of the fast suite.</summary>
    Fast,

    /// <summary>All other tests of the area of its source.</summary>
    Area,
}

/// <summary>The result of a generated mutant; a line of the journal.</summary>
/// <param name="Key">Key of the mutant.</param>
/// <param name="Digest">Hash of the mutated source; a result with another hash is stale.</param>
/// <param name="File">Path of the source.</param>
/// <param name="Line">Line of the place.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Original">The text that was replaced.</param>
/// <param name="Replacement">Its replacement.</param>
/// <param name="Status">The outcome.</param>
/// <param name="Stage">The stage that decided.</param>
/// <param name="KilledBy">The first requirement or test that failed.</param>
/// <param name="Message">Its message.</param>
/// <param name="Seconds">Time to compile and judge.</param>
/// <param name="Date">The day of the trial, such as 2026-11-30.</param>
internal sealed record MutantTrial(
    string Key, string Digest, string File, int Line, string Operator, string Original, string Replacement, MutantStatus Status,
    TrialStage Stage, string KilledBy, string Message, double Seconds, string Date)
{
    /// <summary>The project.</summary>
    [JsonIgnore]
    public string Project => MutantCompiler.ProjectOf(File);

    /// <summary>True if the fast suite did not kill the mutant and the other tests have not judged it.</summary>
    [JsonIgnore]
    public bool IsHalfJudged => this is { Status: MutantStatus.Survived, Stage: TrialStage.Fast };

    /// <summary>True if a requirement or test failed, never ended, or took the process with it.</summary>
    [JsonIgnore]
    public bool IsDetected => Status is MutantStatus.Killed or MutantStatus.TimedOut or MutantStatus.Crashed;
}
