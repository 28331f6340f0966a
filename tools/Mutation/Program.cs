using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation;

if (args is ["judge", .. var rows]) return FastSuite.Run(rows);

var only = new Option<string?>("--only") { Description = "Only mutations whose name contains this." };
var area = new Option<string?>("--area") { Description = "Only mutations of areas whose name contains this, or one of several with commas between." };
var jobs = new Option<int>("--jobs") { Description = "How many at a time.", DefaultValueFactory = _ => 2 };
var list = new Option<bool>("--list") { Description = "Lists them and ends." };
var few = new Option<bool>("--ci") { Description = "Only the agreed few." };
var resume = new Option<bool>("--resume") { Description = "Leaves out what was tried before and has not changed." };
var map = new Option<bool>("--map") { Description = "Prints docs/detection.md and ends." };
var report = new Option<bool>("--report") { Description = "Prints docs/mutations.md as it stands in the journal and ends." };
var root = new RootCommand("Plants silent bugs in the code, one at a time, and looks who finds them.") { only, area, jobs, list, few, resume, map, report };
root.SetAction(parsed =>
{
    var chosen = (parsed.GetValue(few) ? MutationCatalogue.CiSubset : MutationCatalogue.All)
        .Where(mutation => mutation.Id.Contains(parsed.GetValue(only) ?? "", StringComparison.Ordinal))
        .Where(mutation => (parsed.GetValue(area) ?? "").Split(',').Any(name => MutationCatalogue.AreaOf(mutation).Contains(name, StringComparison.OrdinalIgnoreCase))).ToArray();
    var work = Path.Combine(Repository.Root, "artifacts", "mutation");
    var journal = new MutationJournal(Path.Combine(work, "journal.jsonl"));
    if (parsed.GetValue(map)) Console.Out.Write(DetectionMap.Markdown());
    else if (parsed.GetValue(report)) Console.Out.Write(MutationReport.Markdown(journal.Read()));
    else if (parsed.GetValue(list)) foreach (var mutation in chosen) Console.Out.WriteLine($"{mutation.Id,-40} {string.Join(' ', mutation.BugIds),-16} {mutation.Description}");
    else return Run(chosen, journal, work, parsed.GetValue(jobs), parsed.GetValue(resume));
    return 0;
});
return root.Parse(args).Invoke();

static int Run(Mutation[] chosen, MutationJournal journal, string work, int jobs, bool resume)
{
    if (chosen.Length == 0)
    {
        Console.Error.WriteLine("No mutation has such a name. `./run mutate --list` shows them all.");
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
    if (sandboxes[0].JudgeUnchanged(sources) is var (fate, by, message) && fate != MutantStatus.Survived)
    {
        Console.Error.WriteLine($"The code without a bug does not pass the fast suite: {by}: {message}");
        return 1;
    }
    Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The code without a bug passes the fast suite in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s."));

    Parallel.ForEach(sandboxes, new ParallelOptions { MaxDegreeOfParallelism = sandboxes.Length }, sandbox =>
    {
        while (waiting.TryDequeue(out var mutation))
        {
            var trial = sandbox.Run(mutation, MutationJournal.DigestOf(mutation));
            journal.Append(trial);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{Interlocked.Increment(ref tried)}/{all}] {MutationReport.FormatLine(trial)}"));
        }
    });

    var after = journal.Read();
    var trials = chosen.Select(mutation => after[mutation.Id]).ToArray();
    Console.Out.WriteLine();
    foreach (var trial in trials.Where(trial => trial.Status != MutantStatus.Killed)) Console.Out.WriteLine(MutationReport.FormatLine(trial));
    Console.Out.WriteLine(MutationReport.Summarize(trials));
    if (chosen.Length == MutationCatalogue.All.Count) File.WriteAllText(Path.Combine(Repository.Root, "docs", "mutations.md"), MutationReport.Markdown(after));
    return trials.All(trial => trial.Status == MutantStatus.Killed) ? 0 : 1;
}
