using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using FluentAssertions;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Runs;

[Trait("Suite", "Fast")]
public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder / "metrics.jsonl";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Writes_one_object_per_step_under_a_culture_with_decimal_commas()
    {
        var before = Thread.CurrentThread.CurrentCulture;
        Thread.CurrentThread.CurrentCulture = new CultureInfo("tr-TR");
        try
        {
            Append(0, Metrics(1), Metrics(2) with { ValidationLoss = 6.5 });
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }

        System.IO.File.ReadAllText(File).Should().Be(
            """
            {"step":1,"loss":7.25,"lr":0.0001,"grad_norm":1.5,"tokens":1024,"tokens_per_second":2048.5,"seconds":0.5,"memory_bytes":1001}
            {"step":2,"loss":3.625,"lr":0.0002,"grad_norm":0.75,"tokens":2048,"tokens_per_second":2048.5,"seconds":1,"memory_bytes":1002,"validation_loss":6.5}

            """);
    }

    [Fact]
    public void Reads_back_measurements_in_which_any_number_is_missing()
    {
        ValidationMetrics[] measured = [new(), new(Loss: 6.5), new(TextLoss: 6.5), new(BitsPerByte: 1.5)];
        StepMetrics[] lines = [.. measured.Select((one, i) => Metrics(i + 1) with { InitialValidation = one })];
        Append(0, lines);
        MetricsLog.Read(File).Should().Equal(lines);
    }

    [Theory, InlineData(typeof(StepMetrics)), InlineData(typeof(ValidationMetrics)), InlineData(typeof(PreferenceMetrics))]
    public void Does_not_require_what_is_not_written_if_it_is_null(Type record)
    {
        var nullability = new NullabilityInfoContext();
        foreach (var parameter in record.GetConstructors().MaxBy(one => one.GetParameters().Length)!.GetParameters())
            if (nullability.Create(parameter).WriteState == NullabilityState.Nullable
                && record.GetProperty(parameter.Name!)!.GetCustomAttribute<JsonIgnoreAttribute>()
                    is not { Condition: JsonIgnoreCondition.Never })
                parameter.HasDefaultValue.Should().BeTrue("{0} of {1} may be null", parameter.Name, record.Name);
    }

    [Fact]
    public void Reads_back_what_was_written()
    {
        Append(
            0, Metrics(1), Metrics(2) with
            {
                Loss = double.NaN,
                GradientNorm = double.PositiveInfinity,
                ValidationLoss = 6.5,
            });
        MetricsLog
            .Read(File)
            .Should()
            .Equal(
                Metrics(1), Metrics(2) with
                {
                    Loss = double.NaN,
                    GradientNorm = double.PositiveInfinity,
                    ValidationLoss = 6.5,
                });
    }

    [Fact]
    public void Every_line_can_be_read_while_the_log_is_open()
    {
        using var log = MetricsLog.Open(File, afterStep: 0);
        log.Append(Metrics(1));
        MetricsLog.Read(File).Should().Equal(Metrics(1));
        log.Append(Metrics(2));
        MetricsLog.Read(File).Should().Equal(Metrics(1), Metrics(2));
    }

    [Fact]
    public void Resuming_cuts_off_what_came_after_the_checkpoint()
    {
        Append(0, [.. Enumerable.Range(1, 12).Select(n => Metrics(n))]);
        Append(9, Metrics(10) with { Loss = 1.125 });
        MetricsLog.Read(File).Select(m => m.Step).Should().Equal(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        MetricsLog.Read(File).Last().Loss.Should().Be(1.125);
    }

    [Fact]
    public void Resuming_cuts_off_a_line_that_was_never_finished()
    {
        Append(0, Metrics(1), Metrics(2));
        System.IO.File.AppendAllText(File, "{\"step\":3,\"los");
        MetricsLog.Read(File).Select(m => m.Step).Should().Equal(1, 2);
        Append(2, Metrics(3));
        MetricsLog.Read(File).Should().Equal(Metrics(1), Metrics(2), Metrics(3));
    }

    [Fact]
    public void Starting_over_empties_the_file()
    {
        Append(0, Metrics(1), Metrics(2));
        Append(0, Metrics(1) with { Loss = 5 });
        MetricsLog.Read(File).Should().Equal(Metrics(1) with { Loss = 5 });
    }

    [Fact]
    public void Names_the_line_that_is_not_one()
    {
        Append(0, Metrics(1));
        System.IO.File.AppendAllText(File, "{\"step\":2,\"loss\":\"x\"}\n");
        var act = () => MetricsLog.Read(File).ToList();
        act.Should().Throw<InvalidDataException>().WithMessage($"{File}:2: *");
    }

    [Fact]
    public void A_file_that_is_not_there_has_no_lines() => MetricsLog.Read(File).Should().BeEmpty();

    [Fact]
    public void Reports_which_file_a_full_disk_could_not_hold()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is a Linux device.");
        System.IO.File.CreateSymbolicLink(File, "/dev/full");
        var act = () => Append(0, Metrics(1));
        act.Should().Throw<IOException>().WithMessage($"Could not write {File}: *");
    }

    [Fact]
    public void Samples_keep_turkish_letters_and_line_breaks()
    {
        var sample = new TextSample(100, "Türkiye", "Türkiye’de \"ığüşöç\"\nİkinci satır 😀");
        using (var log = SampleLog.Open(_folder / "samples.jsonl", 0)) log.Append(sample);
        SampleLog.Read(_folder / "samples.jsonl").Should().Equal(sample);
        System
            .IO.File.ReadAllText(_folder / "samples.jsonl")
            .Should()
            .Contain("ığüşöç")
            .And.HaveLength(System.IO.File.ReadAllText(_folder / "samples.jsonl").TrimEnd('\n').Length + 1);
    }

    private static StepMetrics Metrics(long step) =>
        new(step, 7.25 / step, step * 1e-4, 1.5 / step, step * 1024, 2048.5, step * 0.5, 1000 + step);

    private void Append(long afterStep, params StepMetrics[] lines)
    {
        using var log = MetricsLog.Open(File, afterStep);
        foreach (var line in lines) log.Append(line);
    }
}
