using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation.Generated.Reach;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Runs <c>./run mutate --random</c>, <c>--from</c> and <c>--survivors</c>.</summary>
/// <param name="work">Folder of the journal and of sandboxes.</param>
/// <param name="options">What was asked for.</param>
internal sealed class GeneratedCommand(string work, GeneratedOptions options)
{
    private readonly TrialJournal _journal = new(Path.Combine(work, "generated.jsonl"));

    /// <summary>Judges mutants or prints the report, and returns the exit code.</summary>
    public int Run()
    {
        if (options.From is { } file) return JudgeGiven(GivenMutants.Read(file));
        var mutants = MutantGenerator.MutateAll();
        var drawn = new DrawnMutants(mutants, options.Count, options.Seeds, options.Projects);
        RecordEquivalents(mutants);
        if (options.Report) return Print(mutants, drawn);
        var killed = KilledMutants.Read();
        var again = MutantDraw.Order(mutants.Where(mutant => killed.Contains(mutant.Key)), options.Seeds[0])
            .Take(options.Again).ToArray();
        var judged = new HashSet<string>(StringComparer.Ordinal);
        return Judge(trials => Select([.. drawn.Choose(trials), .. again]), killed);

        // Each mutant at most once in a run.
        IReadOnlyList<GeneratedMutant> Select(IEnumerable<GeneratedMutant> chosen)
        {
            var trials = _journal.Read();
            return
            [
                .. chosen
                    .DistinctBy(mutant => mutant.Key)
                    .Where(mutant => NeedsTrial(mutant, trials, drawn))
                    .Where(mutant => judged.Add(mutant.Key)),
            ];
        }
    }

    private bool NeedsTrial(GeneratedMutant mutant, Dictionary<string, MutantTrial> trials, DrawnMutants drawn)
    {
        var current = drawn.IsCurrent(mutant, trials);
        if (current && trials[mutant.Key] is { Status: MutantStatus.Equivalent }) return false;
        if (options.Survivors) return current && trials[mutant.Key].Status == MutantStatus.Survived;
        return !options.Resume || !current || trials[mutant.Key].IsHalfJudged;
    }

    private int Judge(
        Func<IReadOnlyDictionary<string, MutantTrial>, IReadOnlyList<GeneratedMutant>> choose, IReadOnlySet<string> killedBefore)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var run = new GeneratedRun(work, _journal, ReachMap.Read(ReachMap.FileIn(work)), options.Jobs, options.Limit);
        var problem = run.Run(trials =>
        {
            var chosen = choose(trials);
            if (options.Resume && !options.Survivors)
                foreach (var mutant in chosen.Where(mutant => trials.GetValueOrDefault(mutant.Key) is { IsHalfJudged: true }))
                    run.SkipFastSuite(mutant);
            keys.UnionWith(chosen.Select(mutant => mutant.Key));
            return chosen;
        });
        if (problem is not null)
        {
            Console.Error.WriteLine(problem);
            return 1;
        }
        var after = _journal.Read();
        MutantTrial[] trials =
        [
            .. keys.Select(after.GetValueOrDefault).OfType<MutantTrial>()
                .Where(trial => trial.Status != MutantStatus.CompileError && !trial.IsHalfJudged),
        ];
        Console.Out.WriteLine();
        foreach (var trial in trials.Where(trial => trial.Status == MutantStatus.Survived))
            Console.Out.WriteLine(GeneratedReport.FormatLine(trial));
        Console.Out.WriteLine(GeneratedReport.Summarize(trials, keys.Count(key => IsOpen(after.GetValueOrDefault(key)))));
        if (run.IsCutShort) Console.Out.WriteLine("The time was up before all mutants were judged.");
        if (options.Record) KilledMutants.Add(trials);
        var lost = trials.Where(trial => trial.Status == MutantStatus.Survived && killedBefore.Contains(trial.Key)).ToArray();
        foreach (var trial in lost)
            Console.Error.WriteLine($"An earlier version of the tests killed this mutant: {GeneratedReport.FormatLine(trial)}");
        return lost.Length == 0 ? 0 : 1;
    }

    private static bool IsOpen(MutantTrial? trial) => trial is null or { IsHalfJudged: true };

    private int JudgeGiven(IReadOnlyList<GeneratedMutant> mutants)
    {
        var judged = new HashSet<string>(StringComparer.Ordinal);
        return Judge(
            trials => [.. mutants.Where(mutant => judged.Add(mutant.Key))], new HashSet<string>(StringComparer.Ordinal));
    }

    private int Print(IReadOnlyList<GeneratedMutant> mutants, DrawnMutants drawn)
    {
        var trials = _journal.Read();
        var chosen = drawn.Choose(trials);
        MutantTrial[] judged =
        [
            .. chosen
                .Where(mutant => drawn.IsCurrent(mutant, trials))
                .Select(mutant => trials[mutant.Key])
                .Where(trial => !trial.IsHalfJudged),
        ];
        if (options.Record) KilledMutants.Add(judged);
        Console.Out.Write(GeneratedReport.Markdown(
            judged, chosen.Count, options,
            mutants.CountBy(mutant => mutant.Project).ToDictionary(StringComparer.Ordinal)));
        return 0;
    }

    // Listed mutants are not tried.
    private void RecordEquivalents(IReadOnlyList<GeneratedMutant> mutants)
    {
        var reasons = EquivalentMutants.Read().ToDictionary(entry => entry.Key, entry => entry.Reason, StringComparer.Ordinal);
        var known = _journal.Read();
        foreach (var mutant in mutants.Where(mutant => reasons.ContainsKey(mutant.Key)))
        {
            var text = mutant.ApplyTo(File.ReadAllText(Path.Combine(Repository.Root, mutant.File)));
            var trial = StagedJudge.Describe(
                mutant, text, TrialStage.NotRun, new(MutantStatus.Equivalent, "listed", reasons[mutant.Key]), TimeSpan.Zero);
            if (known.GetValueOrDefault(mutant.Key) is not { Status: MutantStatus.Equivalent } old || old.Digest != trial.Digest)
                _journal.Append(trial);
        }
    }
}
