using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Monitoring;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary><c>turkishllm runs cost</c>, on runs and a journal that the test writes.</summary>
public sealed class CostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Runs_at_their_rates_and_replies_in_dollars_are_summed_by_currency()
    {
        WriteRun("runs/rented", 720, 2.5, "USD");
        WriteRun("runs/deep/own", 360, 1, "EUR");
        WriteRun("runs/free", 36, null, "");
        Directory.CreateDirectory(_folder / "synth/erp");
        using (var journal = Journal.Open(_folder / "synth/erp/journal.jsonl"))
        {
            var request = new ModelRequest("g1", "c1", "m1", "p1", "s", "u", "{}", 100);
            var send = journal.RecordSend(DateTimeOffset.UnixEpoch, request, 1, 0.5m);
            journal.Append(new RepliedEntry(
                DateTimeOffset.UnixEpoch, send, request.Id, 1, "g1", "c1", "m1", "p1", "t", "stop", 700, 300, 0.25m, 2, ""));
        }

        var ran = await CommandLineRunner.Run("runs", "cost", _folder / "runs", _folder / "synth", "--json");

        ran.Code.Should().Be(ExitCode.Success);
        using var json = JsonDocument.Parse(ran.Output);
        json.RootElement.GetProperty("costs").EnumerateObject()
            .ToDictionary(cost => cost.Name, cost => Math.Round(cost.Value.GetDouble(), 6))
            .Should().Equal(new Dictionary<string, double> { ["EUR"] = 0.1, ["USD"] = 0.5 + 0.25 });
        json.RootElement.GetProperty("seconds").GetDouble().Should().Be(720 + 360 + 36);
        json.RootElement.GetProperty("tokens").GetInt64().Should().Be(3 * 10 * 256 + 1000);

        (await CommandLineRunner.Run("runs", "cost", _folder / "runs", "--hourly-rate", "10", "--currency", "TRY")).Output
            .Should().Contain("0.10 TRY", "36 seconds at 10 an hour").And.Contain("0.10 EUR").And.Contain("0.50 USD");
    }

    // Ten steps that take the given time.
    private void WriteRun(string name, double seconds, double? rate, string currency)
    {
        RunFolderWriter.Write(_folder / name, Enumerable.Range(1, 10).Select(n => new StepMetrics(
            n, 5, 1e-3, 1, n * 256, 1000, n * seconds / 10, 1 << 20, WallSeconds: n * seconds / 10)));
        new Hardware(0, "cpu", "Kutu", 4, 2, 1L << 30, "Linux", ".NET", "2.5", "", null, rate, currency)
            .AppendTo(RunFolder.OpenExisting(_folder / name));
    }
}
