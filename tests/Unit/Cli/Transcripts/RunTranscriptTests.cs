using FluentAssertions;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Monitoring;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>runs</c> prints, on runs with logs that the test writes.</summary>
public sealed class RunTranscriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lists_and_shows()
    {
        Write("toy", 200);
        Write("deep/er/run", 40);
        Write("empty", 0);
        Write("one", 1);
        Directory.CreateDirectory(_folder / "sft");
        File.WriteAllText(_folder / "sft/plan.yaml", "something: else\n");
        Directory.CreateDirectory(_folder / ".hidden");
        File.Copy(_folder / "toy/plan.yaml", _folder / ".hidden/plan.yaml");
        WriteDiverging("wild");
        Directory.CreateDirectory(_folder / "nothing");
        File.WriteAllText(
            _folder / "deep/er/run/events.jsonl",
            string.Concat(Enumerable.Range(1, 12).Select(i =>
                $$$"""{"step":{{{i * 3}}},"kind":"out_of_memory","action":"halved","message":"Rows {{{i}}}.","values":{},"""
                + "\"timestamp\":\"2026-11-20T14:03:24+00:00\"}\n")));
        File.WriteAllText(_folder / "toy/report.html", "old");
        using var running = new FileStream(
            _folder / "one/.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        foreach (var (i, name) in new[] { "toy", "deep/er/run", "empty", "one", "sft", "wild" }.Index()) SetAge(name, i);

        var transcript = new Transcript((_folder.Path, "HERE"));
        await transcript.Run("runs list HERE");
        await transcript.Run("runs list HERE --json");
        transcript.HasPathsInTables = true;
        await transcript.Run("runs list HERE/toy");
        transcript.HasPathsInTables = false;
        await transcript.Run("runs list HERE/nothing");
        await transcript.Run("runs list HERE/nowhere");
        foreach (var run in new[] { "toy", "deep/er/run", "empty", "one", "wild" })
        {
            await transcript.Run($"runs show HERE/{run}");
            await transcript.Run($"runs show HERE/{run} --json");
        }
        await transcript.Run("runs show HERE/toy/metrics.jsonl");
        await transcript.Run("runs show HERE/toy --html HERE/page.html");
        await transcript.Run("runs show HERE/toy --json --html HERE/page.json");
        foreach (var wrong in new[] { "toi", "nothing", "deep", "sft", "page.html", "nothing/at/all", "toy --html HERE" })
            await transcript.Run($"runs show HERE/{wrong}");
        transcript.List(_folder.Path);
        transcript.Compare("Runs");
    }

    [Fact]
    public async Task Compares()
    {
        Write("a", 200);
        Write("b", 160, "optimizer.learning_rate=0.002", "name=obur");
        Write("empty", 0);
        new Hardware(
            0, "cpu", "Kutu", 4, 2, 1L << 30, "Linux", ".NET", "2.5", "", new PeakRate(3e9, "given"), 3600, "USD")
            .AppendTo(RunFolder.OpenExisting(_folder / "b"));
        var transcript = new Transcript((_folder.Path, "HERE"));
        await transcript.Run("runs show HERE/b");
        await transcript.Run("runs show HERE/b --json");
        await transcript.Run("runs compare HERE/a HERE/b");
        await transcript.Run("runs compare HERE/a HERE/b HERE/empty --target-loss 5 --html HERE/page.html");
        await transcript.Run("runs compare HERE/a HERE/a --target-loss 1 --json --html HERE/other.html");
        transcript.HasPathsInTables = true;
        await transcript.Run("runs compare HERE/a HERE/a");
        await transcript.Run("runs cost HERE");
        await transcript.Run("runs cost HERE --hourly-rate 1800 --currency EUR");
        await transcript.Run("runs cost HERE --json");
        await transcript.Run("runs cost HERE/none");
        await transcript.Run("runs cost HERE --hourly-rate -1");
        await transcript.Run("runs compare HERE/a");
        await transcript.Run("runs compare HERE/a HERE/c");
        await transcript.Run("runs compare HERE/a HERE/b --target-loss 5,1");
        await transcript.Run("runs compare HERE/a HERE/b --html HERE");
        transcript.List(_folder.Path);
        transcript.Compare("RunComparisons");
    }

    [Fact]
    public async Task Exports()
    {
        Write("toy", 80);
        Write("empty", 0);
        var transcript = new Transcript((_folder.Path, "HERE"));
        await transcript.Run("runs export HERE/toy HERE/logs/toy --format tensorboard");
        await transcript.Run("runs export HERE/toy HERE/logs/toy --format tensorboard");
        await transcript.Run("runs export HERE/toy HERE/toy.csv --format csv");
        await transcript.Run("runs export HERE/toy/metrics.jsonl HERE/toy.csv --format csv");
        await transcript.Run("runs export HERE/toy HERE/logs --format csv");
        await transcript.Run("runs export HERE/toy HERE/toy.json --format json");
        await transcript.Run("runs export HERE/toy HERE/toy.csv");
        await transcript.Run("runs export HERE/empty HERE/empty.csv --format csv");
        await transcript.Run("runs export HERE/none HERE/none.csv --format csv");
        File.ReadLines(_folder / "toy.csv").Select(line => line.Split(',')[0]).Should()
            .Equal(Enumerable.Range(1, 80).Select(step => FormattableString.Invariant($"{step}")).Prepend("step"));
        EventFileReader.Read(File.ReadAllBytes(Directory.EnumerateFiles(_folder / "logs/toy").Single()))
            .Select(logged => logged.Step).Should().Equal(Enumerable.Range(0, 81).Select(step => (long)step).Prepend(0));
        transcript.Compare("RunExports");
    }

    private void Write(string name, int steps, params string[] overrides) => RunFolderWriter.Write(
        _folder / name,
        Enumerable.Range(1, steps).Select(n => new StepMetrics(
            n, 6.1 - n * 0.01, 1e-3, 1, n * 256, 1000 + n, n * 0.25, n << 14,
                n % 40 == 0 ? 6.1 - n * 0.01 + (n > 120 ? 0.7 : 0) : null,
            n % 40 == 0 ? 2.5 - n * 0.002 : null)),
        overrides);

    private void WriteDiverging(string name)
    {
        RunFolderWriter.Write(_folder / name, Enumerable.Range(1, 150).Select(n => new StepMetrics(
            n, n <= 90 ? 6 - n * 0.01 : 6 + (n - 90) * 0.3, 1e-3, 1, n * 256, 1000, n, 1 << 20)));
        foreach (var step in (long[])[1, 60, 90, 120, 150])
            Directory.CreateDirectory(_folder / FormattableString.Invariant($"{name}/checkpoints/step-{step:D6}"));
    }

    // Days are whole, so that the moment of the test does not matter.
    private void SetAge(string name, int days)
    {
        foreach (var file in new[] { "metrics.jsonl", "plan.yaml" }.Select(file => Path.Combine(_folder / name,
            file)).Where(File.Exists))
            File.SetLastWriteTimeUtc(
                file, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-7 - days).AddMinutes(-5));
    }
}
