using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Runs;

namespace TurkishLlm.Server.Live;

/// <summary>The runs below a folder, and their pages. Thread-safe: requests take turns, since they share what was read.</summary>
/// <param name="root">The full path of the folder.</param>
/// <param name="describe">Returns the rows of a comparison's summary.</param>
/// <param name="clock">The clock.</param>
internal sealed class LiveRuns(
    string root, Func<RunComparison, IReadOnlyList<IReadOnlyList<string>>> describe, TimeProvider clock)
{
    private const int MaxComparisons = 16;
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(2);

    private readonly Lock _turn = new();
    private readonly Dictionary<string, WatchedRun> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CachedPage> _comparisons = new(StringComparer.Ordinal);
    private readonly CachedPage _index = new(clock);
    private readonly WorkPace _search = new(clock);

    /// <summary>Renders the list of all runs.</summary>
    public LivePage RenderIndex()
    {
        lock (_turn)
        {
            if (!Search())
                return LivePage.CreateMessage(
                    "Training runs", $"The folder {root} no longer exists. The page continues when it is back.", status: 200);
            Refresh();
            RunIndexRow[] rows =
            [
                .. _runs.Values.Select(run => run.Row)
                    .OrderByDescending(row => row.IsRunning)
                    .ThenByDescending(row => row.IsRunning ? null : row.Written)
                    .ThenBy(row => row.Name, StringComparer.Ordinal),
            ];
            var version = string.Join('\n', _runs.Values.Select(run => $"{run.Name}\t{run.Version}\t{run.Row.Summary}"));
            return _index.Get(
                version,
                () => LivePage.Create(RunIndexPage.RenderHtml(
                    root, rows, "No runs yet. A run appears here when its training starts.", LivePage.CreateIndexFrame())),
                error => LivePage.CreateMessage("Training runs", error.Message, status: 200));
        }
    }

    /// <summary>Renders the page of a run.</summary>
    public LivePage RenderRun(string name)
    {
        lock (_turn)
        {
            if (Find(name) is not { } run) return CreateMissing(name);
            run.Refresh();
            return run.Render();
        }
    }

    /// <summary>Renders a comparison of runs.</summary>
    public LivePage RenderComparison(IReadOnlyList<string> names)
    {
        if (names.Count < 2)
            return LivePage.CreateMessage("Comparison", "Select two or more runs in the list of all runs.", status: 400);
        lock (_turn)
        {
            var runs = new List<WatchedRun>();
            foreach (var name in names)
            {
                if (Find(name) is not { } run) return CreateMissing(name);
                run.Refresh();
                runs.Add(run);
            }
            var version = string.Join('\n', runs.Select(run => run.Version));
            return GetComparison(names).Get(
                version, () => Compare(runs),
                error => LivePage.CreateMessage("Comparison", WatchedRun.Describe(error, root), status: 200));
        }
    }

    // Many long runs take a while to read; the page shows those that are read, and the others when it is updated.
    private void Refresh()
    {
        var began = clock.GetTimestamp();
        foreach (var run in _runs.Values)
            if (run.IsRead || clock.GetElapsedTime(began) < LongestRead) run.Refresh();
    }

    private LivePage Compare(IReadOnlyList<WatchedRun> runs)
    {
        var comparison = new RunComparison([.. runs.Select(run => run.GetRecord())]);
        var states = runs.Select(run => Html.From(
            $"· <a href=\"{RunIndexPage.GetAddress(run.Name)}\">{run.Name}</a> {RunIndexPage.RenderState(run.Row.State)} "));
        return LivePage.Create(
            ComparisonPage.RenderHtml(comparison, describe(comparison), LivePage.CreateFrame(Html.Concat(states))));
    }

    private CachedPage GetComparison(IReadOnlyList<string> names)
    {
        var key = string.Join('\n', names);
        if (_comparisons.TryGetValue(key, out var known)) return known;
        if (_comparisons.Count == MaxComparisons) _comparisons.Clear();
        return _comparisons[key] = new(clock);
    }

    private static LivePage CreateMissing(string name) => LivePage.CreateMessage(
        "Not found", $"There is no run {name} (any more). The page continues when it is back.", status: 404);

    // Only names that were found are served: a path of a request is never one of the disk.
    private WatchedRun? Find(string name)
    {
        Search();
        return _runs.GetValueOrDefault(name);
    }

    private bool Search()
    {
        if (!Directory.Exists(root))
        {
            _runs.Clear();
            return false;
        }
        if (!_search.IsDue) return true;
        Dictionary<string, RunFolder> found;
        try
        {
            found = _search.Run(() => RunSearch.FindAll(root, withGates: true).ToDictionary(GetName, StringComparer.Ordinal));
        }
        catch (IOException)
        {
            return true;        // a folder was deleted during the search, which is repeated for the next request
        }
        foreach (var name in _runs.Keys.Except(found.Keys, StringComparer.Ordinal).ToArray()) _runs.Remove(name);
        foreach (var (name, folder) in found) _runs.TryAdd(name, new(name, folder, root, clock));
        return true;
    }

    private string GetName(RunFolder run) => Path.GetRelativePath(root, run.FullPath) is not "." and var inner
        ? inner.Replace(Path.DirectorySeparatorChar, '/')
        : Path.GetFileName(root);
}
