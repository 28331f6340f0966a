using FluentAssertions;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Training.Safety;

namespace TurkishLlm.Tests.Unit.Runs;

public sealed class EventLogTests : IDisposable
{
    private static readonly RunEvent Spike = new(
        12,
        EventKind.OutOfMemory, EventAction.RolledBack, "Adım 12: \"ığüşöç\"",
        new Dictionary<string, double> { ["loss"] = double.NaN, ["data_step"] = 15 });

    private readonly TemporaryFolder _folder = new();

    private string File => _folder / "events.jsonl";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Writes_one_object_per_event_with_its_time()
    {
        using (var log = EventLog.Open(File, new ManualTimeProvider())) log.TryAppend(Spike).Timestamp.Year.Should().Be(2027);
        System.IO.File.ReadAllText(File).Should().Be(
            """{"step":12,"kind":"out_of_memory","action":"rolled_back","message":"Adım 12: \"ığüşöç\"","values":{"loss":"NaN","data_step":15},"timestamp":"2027-03-05T07:08:09+00:00"}"""
                + "\n");
        EventLog.Read(File).Single().Should().BeEquivalentTo(Spike with { Timestamp = new(2027, 3, 5, 7, 8, 9, TimeSpan.Zero) });
    }

    [Fact]
    public void Takes_nothing_back_but_a_line_that_was_never_finished()
    {
        using (var log = EventLog.Open(File, new ManualTimeProvider())) log.TryAppend(Spike);
        System.IO.File.AppendAllText(File, "{\"step\":3,");
        using (var log = EventLog.Open(File, new ManualTimeProvider())) log.TryAppend(Spike with { Step = 2 });
        EventLog.Read(File).Select(line => line.Step).Should().Equal(12, 2);
    }

    [Fact]
    public void Names_the_line_that_is_not_one()
    {
        System.IO.File.WriteAllText(
            File,
            """{"step":12,"kind":"earthquake","action":"logged","message":"","values":{},"timestamp":"2027-03-05T07:08:09Z"}"""
                + "\n");
        var act = () => EventLog.Read(File).ToList();
        act.Should().Throw<InvalidDataException>().WithMessage($"{File}:1: *");
    }
}
