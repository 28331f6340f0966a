using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation;
using TurkishLlm.Tools.Mutation.Generated;
using TurkishLlm.Tools.Mutation.Generated.Reach;

if (args is [FastSuite.Command, .. var judged]) return FastSuite.Run(judged);

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
var report = new Option<bool>("--report")
{
    Description = "Print docs/mutations.md, or with --random docs/random-mutants.md, from the journal and exit.",
};
var random = new Option<int>("--random") { Description = "Draw this number of mutants from all that operators make of src." };
var seed = new Option<string>("--seed")
{
    Description = "Seed of --random; several, separated by commas (default 1).", DefaultValueFactory = _ => "1",
};
var project = new Option<string?>("--project")
{
    Description = "Draw the number of --random from this project, such as src/Plans; from each of several, separated by commas.",
};
project.Validators.Add(result =>
{
    if (result.GetValue(random) == 0) result.AddError("--project needs --random N.");
    foreach (var name in ProjectsOf(result.GetValue(project)).Except(SourceProject.Names))
        result.AddError($"There is no project {name}. The projects are: {string.Join(", ", SourceProject.Names)}.");
});
var from = new Option<string?>("--from")
{
    Description = """Judge the mutants of a file of JSON lines: {"id": …, "file": …, "find": …, "replace": …}.""",
};
var again = new Option<int>("--again")
{
    Description = "Also draw this number of mutants from those that a recorded run killed.",
};
var survivors = new Option<bool>("--survivors") { Description = "Judge again only mutants of --random that survived." };
var record = new Option<bool>("--record") { Description = "Add what is killed to tools/Mutation/killed-mutants.txt." };
var reach = new Option<bool>("--reach")
{
    Description = "Record which tests run which code, and exit. --random and --from then judge a mutant only by these.",
};
var minutes = new Option<int>("--minutes") { Description = "Begin no further mutant after this time (0 = no limit)." };
var root = new RootCommand("Plant silent bugs in the code, one at a time, and report which check finds each.")
{
    only, area, jobs, list, few, resume, map, report, random, seed, project, from, again, survivors, record, minutes,
    reach,
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
    if (parsed.GetValue(reach))
    {
        new ReachRecorder(work, parsed.GetValue(jobs)).Record(ReachMap.FileIn(work));
        return 0;
    }
    if (parsed.GetValue(random) > 0 || parsed.GetValue(again) > 0 || parsed.GetValue(from) is not null)
        return new GeneratedCommand(
            work,
            new(
                parsed.GetValue(random),
                [.. parsed.GetValue(seed)!.Split(',').Select(part => long.Parse(part, CultureInfo.InvariantCulture))],
                ProjectsOf(parsed.GetValue(project)),
                parsed.GetValue(from), parsed.GetValue(again), parsed.GetValue(jobs),
                parsed.GetValue(minutes) is > 0 and var limit ? TimeSpan.FromMinutes(limit) : TimeSpan.MaxValue,
                parsed.GetValue(resume), parsed.GetValue(survivors), parsed.GetValue(record), parsed.GetValue(report))).Run();
    if (parsed.GetValue(map)) Console.Out.Write(DetectionMap.Markdown());
    else if (parsed.GetValue(report)) Console.Out.Write(MutationReport.Markdown(journal.Read()));
    else if (parsed.GetValue(list))
        foreach (var mutation in chosen)
            Console.Out.WriteLine($"{mutation.Id, -40} {string.Join(' ', mutation.BugIds), -16} {mutation.Description}");
    else return Run(chosen, journal, work, parsed.GetValue(jobs), parsed.GetValue(resume));
    return 0;
});
return root.Parse(args).Invoke();

static string[] ProjectsOf(string? names) => [.. (names ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct()];

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
    var compiler = new MutantCompiler(Path.Combine(work, "unchanged"));
    CatalogJudge[] judges =
    [
        .. Enumerable.Range(1, Math.Min(jobs, Math.Max(1, all)))
            .Select(job => string.Create(CultureInfo.InvariantCulture, $"job-{job}"))
            .Select(job => new MutantSandbox(Path.Combine(work, job), CatalogJudge.Programs))
            .Select(sandbox => new CatalogJudge(sandbox, compiler)),
    ];

    var started = Stopwatch.GetTimestamp();
    var unchanged = judges[0].JudgeUnchanged(chosen.Select(mutation => MutantCompiler.ProjectOf(mutation.File)).Distinct());
    if (!unchanged.Passes)
    {
        Console.Error.WriteLine(
            $"The unchanged code fails the fast suite, so no mutation can be judged: {unchanged.KilledBy}: {unchanged.Message}");
        return 1;
    }
    Console.Out.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"The unchanged code passes the fast suite in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s."));

    Parallel.ForEach(judges, new ParallelOptions { MaxDegreeOfParallelism = judges.Length }, judge =>
    {
        while (waiting.TryDequeue(out var mutation))
        {
            var trial = judge.Run(mutation, MutationJournal.DigestOf(mutation));
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
    foreach (var trial in trials.Where(trial => !trial.IsDetected))
        Console.Out.WriteLine(MutationReport.FormatLine(trial));
    Console.Out.WriteLine(MutationReport.Summarize(trials));
    if (chosen.Length == MutationCatalog.All.Count)
        File.WriteAllText(Path.Combine(Repository.Root, "docs", "mutations.md"), MutationReport.Markdown(after));
    return trials.All(trial => trial.IsDetected) ? 0 : 1;
}
