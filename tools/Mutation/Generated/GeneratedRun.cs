using System.Collections.Concurrent;
using System.Diagnostics;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation.Generated.Reach;
using static System.FormattableString;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Judges generated mutants in several sandboxes and writes the journal.</summary>
/// <param name="work">Folder for sandboxes.</param>
/// <param name="journal">The journal.</param>
/// <param name="reach">The tests that run the code of a mutant.</param>
/// <param name="jobs">Number of sandboxes.</param>
/// <param name="limit">Time after which no further mutant is begun.</param>
internal sealed class GeneratedRun(string work, TrialJournal journal, ReachMap reach, int jobs, TimeSpan limit)
{
    // Killed by every version of the tests: text would be lower-cased before it is encoded.
    private const string ObviousBug = "text-is-lower-cased";
    private const string SlowestProject = "src/Cli";
    private readonly MutantCompiler _compiler = new(Path.Combine(work, "unchanged"));
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly ConcurrentDictionary<string, bool> _passed = new(StringComparer.Ordinal);
    private int _tried;

    /// <summary>True if the time was up before the last mutant.</summary>
    public bool IsCutShort { get; private set; }

    /// <summary>Judges mutants until none is left.</summary>
    /// <param name="choose">Returns the mutants that are still to be judged, given the trials so far.</param>
    /// <returns>What is wrong with the controls; null if nothing is.</returns>
    public string? Run(Func<IReadOnlyDictionary<string, MutantTrial>, IReadOnlyList<GeneratedMutant>> choose)
    {
        var waiting = choose(journal.Read());
        if (waiting.Count == 0) return null;
        MutantSandbox[] sandboxes =
        [
            .. Enumerable.Range(1, Math.Min(jobs, waiting.Count))
                .Select(job => new MutantSandbox(Path.Combine(work, Invariant($"generated-{job}")), TestArea.Programs)),
        ];
        StagedJudge[] judges = [.. sandboxes.Select(sandbox => new StagedJudge(sandbox, _compiler, reach))];
        if (CheckControls(sandboxes[0], judges) is { } problem) return problem;
        Console.Out.WriteLine(Invariant($"{waiting.Count} mutants to judge."));
        while (waiting.Count > 0 && !IsCutShort)
        {
            JudgeAll(waiting, judges);
            waiting = choose(journal.Read());
        }
        return null;
    }

    /// <summary>Marks a mutant as one that the fast suite did not kill.</summary>
    public void SkipFastSuite(GeneratedMutant mutant) => _passed[mutant.Key] = true;

    private bool HasPassedFastSuite(GeneratedMutant mutant) => _passed.GetValueOrDefault(mutant.Key);

    private void JudgeAll(IReadOnlyList<GeneratedMutant> mutants, StagedJudge[] judges)
    {
        JudgeAll([.. mutants.Where(mutant => !HasPassedFastSuite(mutant))], judges, TrialStage.Fast);
        // The program last: its tests take longest.
        JudgeAll(
            [.. mutants.Where(HasPassedFastSuite).OrderBy(mutant => mutant.Project == SlowestProject ? 1 : 0)], judges,
            TrialStage.Area);
    }

    private void JudgeAll(IReadOnlyList<GeneratedMutant> mutants, StagedJudge[] judges, TrialStage stage)
    {
        var queue = new ConcurrentQueue<GeneratedMutant>(mutants);
        Parallel.ForEach(judges, new ParallelOptions { MaxDegreeOfParallelism = judges.Length }, judge =>
        {
            while (queue.TryDequeue(out var mutant))
            {
                if (Stopwatch.GetElapsedTime(_started) > limit)
                {
                    IsCutShort = true;
                    return;
                }
                var trial = judge.Run(mutant, stage);
                journal.Append(trial);
                _passed[mutant.Key] = trial.IsHalfJudged;
                Console.Out.WriteLine(Invariant($"[{Interlocked.Increment(ref _tried)}] {GeneratedReport.FormatLine(trial)}"));
            }
        });
    }

    // The unchanged code passes, also with a change that alters nothing, and an obvious bug is killed.
    private string? CheckControls(MutantSandbox sandbox, StagedJudge[] judges)
    {
        var started = Stopwatch.GetTimestamp();
        const string project = "src/Files";
        var file = SourceProject.FindSources(project)[0];
        var text = File.ReadAllText(Path.Combine(Repository.Root, file)) + "\ninternal static class MutationControl;\n";
        var (assembly, error) = _compiler.Compile(file, text, sandbox.Scratch);
        if (assembly is null) return $"The control mutant does not compile: {error}";
        if (_compiler.IsUnchanged(project, assembly)) return "The control mutant has the code of the original.";
        var control = Path.Combine(work, "control");
        Directory.CreateDirectory(control);
        control = Path.Combine(control, Path.GetFileName(assembly));
        File.Move(assembly, control, overwrite: true);
        var unchanged = judges[0].JudgeUnchanged(SourceProject.Names, control);
        if (!unchanged.Passes)
            return $"The unchanged code fails the fast suite, so no mutant can be judged: {unchanged.KilledBy}: "
                + unchanged.Message;
        foreach (var judge in judges.Skip(1)) judge.AssumeUnchanged(SourceProject.Names, unchanged.LongestSilence);
        var bug = judges[0].Run(FromCatalog(MutationCatalog.All.Single(mutation => mutation.Id == ObviousBug)), TrialStage.Fast);
        if (!bug.IsDetected) return $"The control bug {ObviousBug} is not detected: {GeneratedReport.FormatLine(bug)}";
        Console.Out.WriteLine(
            Invariant($"The unchanged code passes the fast suite, the control bug is killed by {bug.KilledBy}: ")
            + Invariant($"{Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s."));
        return null;
    }

    /// <summary>Makes a generated mutant of an edit that was given.</summary>
    public static GeneratedMutant FromCatalog(Mutation mutation)
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, mutation.File));
        _ = mutation.ApplyTo(source);
        var at = source.IndexOf(mutation.Find, StringComparison.Ordinal);
        return new(
            mutation.Id, mutation.File, "given", source.AsSpan(0, at).Count('\n') + 1, new(at, mutation.Find.Length),
            mutation.Find, mutation.Replace);
    }
}
