using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation;

if (args is ["count"])
{
    var clock = Stopwatch.StartNew();
    var mutants = TurkishLlm.Tools.Mutation.Generated.MutantGenerator.MutateAll();
    Console.Out.WriteLine($"{mutants.Count} {mutants.DistinctBy(m => m.Key).Count()} in {clock.Elapsed}");
    foreach (var g in mutants.GroupBy(m => m.Project)) Console.Out.WriteLine($"{g.Key} {g.Count()}");
    foreach (var g in mutants.GroupBy(m => m.Operator).OrderByDescending(g => g.Count()))
        Console.Out.WriteLine($"{g.Key} {g.Count()}");
    foreach (var m in mutants.OrderBy(m => m.Key).Take(60))
        Console.Out.WriteLine($"{m.File}:{m.Line} {m.Operator}: {m.Original}  =>  {m.Replacement}");
    return 0;
}
if (args is ["judge", .. var bugIds]) return FastSuite.Run(bugIds);

var only = new Option<string?>("--only") { Description = "Run mutations with this text in the name." };
var area = new Option<string?>("--area")
{
    Description = "Run mutations of areas with this text in the name; several, separated by commas.",
};
var jobs = new Option<int>("--jobs") { Description = "Number of parallel jobs (default 2).", DefaultValueFactory = _ => 2 };
var list = new Option<bool>("--list") { Description = "List the mutations and exit." };
var few = new Option<bool>("--ci") { Description = "Run the CI subset: the first mutation of each area." };
var resume = new Option<bool>("--resume") { Description = "Skip mutations that were tried before and have not changed." };
var map = new Option<bool>("--map") { Description = "Print docs/detection.md and exit." };
var report = new Option<bool>("--report") { Description = "Print docs/mutations.md from the journal and exit." };
var root = new RootCommand("Plant silent bugs in the code, one at a time, and report which check finds each.")
{
    only, area, jobs, list, few, resume, map, report,
};
root.SetAction(parsed =>
{
    var chosen = (parsed.GetValue(few) ? MutationCatalog.CiSubset : MutationCatalog.All)
        .Where(mutation => mutation.Id.Contains(parsed.GetValue(only) ?? "", StringComparison.Ordinal))
        .Where(mutation =>
            (parsed.GetValue(area) ?? "")
                .Split(',')
                .Any(name => MutationCatalog.AreaOf(mutation).Contains(name, StringComparison.OrdinalIgnoreCase)))
        .ToArray();
    var work = Path.Combine(Repository.Root, "artifacts", "mutation");
    var journal = new MutationJournal(Path.Combine(work, "journal.jsonl"));
    if (parsed.GetValue(map)) Console.Out.Write(DetectionMap.Markdown());
    else if (parsed.GetValue(report)) Console.Out.Write(MutationReport.Markdown(journal.Read()));
    else if (parsed.GetValue(list))
        foreach (var mutation in chosen)
            Console.Out.WriteLine($"{mutation.Id, -40} {string.Join(' ', mutation.BugIds), -16} {mutation.Description}");
    else return Run(chosen, journal, work, parsed.GetValue(jobs), parsed.GetValue(resume));
    return 0;
});
return root.Parse(args).Invoke();

static int Run(Mutation[] chosen, MutationJournal journal, string work, int jobs, bool resume)
{
    if (chosen.Length == 0)
    {
        Console.Error.WriteLine("No mutation matches. `./run mutate --list` shows all names.");
        return 2;
    }
    var before = journal.Read();
    var waiting = new ConcurrentQueue<Mutation>(chosen.Where(mutation => !resume || !before.ContainsKey(mutation.Id)));
    var (all, tried) = (waiting.Count, 0);
    var compiler = new MutantCompiler();
    MutantSandbox[] sandboxes =
    [
        .. Enumerable.Range(1, Math.Min(jobs, Math.Max(1, all)))
            .Select(job => string.Create(CultureInfo.InvariantCulture, $"job-{job}"))
            .Select(job => new MutantSandbox(Path.Combine(work, job), compiler)),
    ];

    var started = Stopwatch.GetTimestamp();
    var sources = chosen.Select(mutation => mutation.File).DistinctBy(MutantCompiler.ProjectOf);
    if (sandboxes[0].JudgeUnchanged(sources) is var (status, by, message) && status != MutantStatus.Survived)
    {
        Console.Error.WriteLine($"The unchanged code fails the fast suite, so no mutation can be judged: {by}: {message}");
        return 1;
    }
    Console.Out.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"The unchanged code passes the fast suite in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s."));

    Parallel.ForEach(sandboxes, new ParallelOptions { MaxDegreeOfParallelism = sandboxes.Length }, sandbox =>
    {
        while (waiting.TryDequeue(out var mutation))
        {
            var trial = sandbox.Run(mutation, MutationJournal.DigestOf(mutation));
            journal.Append(trial);
            Console.Out.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"[{Interlocked.Increment(ref tried)}/{all}] {MutationReport.FormatLine(trial)}"));
        }
    });

    var after = journal.Read();
    var trials = chosen.Select(mutation => after[mutation.Id]).ToArray();
    Console.Out.WriteLine();
    foreach (var trial in trials.Where(trial => trial.Status != MutantStatus.Killed))
        Console.Out.WriteLine(MutationReport.FormatLine(trial));
    Console.Out.WriteLine(MutationReport.Summarize(trials));
    if (chosen.Length == MutationCatalog.All.Count)
        File.WriteAllText(Path.Combine(Repository.Root, "docs", "mutations.md"), MutationReport.Markdown(after));
    return trials.All(trial => trial.Status == MutantStatus.Killed) ? 0 : 1;
}
