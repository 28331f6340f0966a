using System.Globalization;
using FluentAssertions;
using TurkishLlm.Cli;

namespace TurkishLlm.Tests.Unit.Cli;

public sealed class MemoryTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    // The difference between two batch sizes is due to tensors only; libraries and runtime, which vary between machines, cancel
    // out.
    [Fact]
    public void What_more_rows_need_is_within_fifteen_percent_of_what_was_forecast()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peaks are read from /proc, which only Linux has.");
        var (few, many) = (Measure(16), Measure(288));
        ((many.Forecast - few.Forecast) / (many.Measured - few.Measured))
            .Should()
            .BeInRange(
                0.85, 1.15, "forecasts were {0} and {1} MB, peaks {2} and {3} MB", few.Forecast, many.Forecast, few.Measured,
                many.Measured);
    }

    [Fact]
    public async Task Shows_the_parts_the_peak_and_what_fits()
    {
        var ran = await CommandLineRunner.Run("memory", _here.Plan, "--limit", "4GB");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .StartWith("== tiny on cpu: 2 × 19 tokens, float32, 2 micro-batches")
            .And.Contain("dropout masks")
            .And.Contain("total")
            .And.Contain("the gate, before the first step")
            .And.Contain("limit      4.00 GB")
            .And.MatchRegex("largest +[0-9,]+ rows of 19 tokens per micro-batch \\([34]\\.[0-9]{2} GB\\)");
    }

    [Fact]
    public async Task Says_how_a_batch_that_is_too_large_fits_in_parts()
    {
        var ran = await CommandLineRunner.Run(
            "memory", _here.Plan, "--set", "training.micro_batch_size=60000", "--set", "model.max_seq_len=128", "--set",
            "training.sequence_length=128", "--limit", "3GB");
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.FirstError.Should()
            .MatchRegex(
                "^tiny needs [0-9.]+ GB, but only 3\\.00 GB are allowed by --limit\\. Split the batch into smaller "
                    + "micro-batches: --set training\\.micro_batch_size=([0-9]+) --set "
                    + "training\\.accumulation_steps=([0-9]+)$");
        var numbers = ran
            .FirstError.Split('=', ' ')
            .Where(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(word => int.Parse(word, CultureInfo.InvariantCulture))
            .ToArray();
        numbers.Aggregate((a, b) => a * b).Should().Be(2 * 60_000);
    }

    [Fact]
    public async Task A_missing_device_is_forecast_and_reported_as_unmeasured()
    {
        var ran = await CommandLineRunner.Run("memory", _here.Plan, "--device", "cuda");
        ran.Code.Should().Be(ExitCode.Success);
        ran.Output.Should()
            .Contain("calculated; not yet compared with a measurement on cuda")
            .And.Contain("give the memory of the device: --limit 80GB");
        Refused(
            await CommandLineRunner.Run("memory", _here.Plan, "--device", "cuda", "--measure"),
            "--measure works on the CPU only. Add --device cpu.");
    }

    [Theory]
    [InlineData("24,5GB")]
    [InlineData("much")]
    [InlineData("0GB")]
    [InlineData("-1")]
    public async Task Refuses_a_limit_that_is_no_size(string limit) =>
        Refused(
            await CommandLineRunner.Run("memory", _here.Plan, $"--limit={limit}"),
            $"--limit is {limit}; it must be a size, such as 24GB.");

    [Fact]
    public async Task Says_when_not_even_one_row_fits() =>
        Refused(
            await CommandLineRunner.Run("memory", _here.Plan, "--limit", "0.25GB"),
            "Even one row of 19 tokens needs more than 256.0 MB. "
                + "Use training.activation_checkpointing: blocks, a smaller model or shorter sequences.");

    private static void Refused(CommandLineResult ran, string message) =>
        (ran.Code, ran.Errors.TrimEnd()).Should().Be((ExitCode.InvalidInput, message));

    private (double Forecast, double Measured) Measure(int rows)
    {
        using var child = new ChildProcess(
            "memory", _here.Plan, "--measure", "--set", $"training.micro_batch_size={rows}", "--set",
            "training.accumulation_steps=1", "--set", "model.max_seq_len=128", "--set", "training.sequence_length=128",
            "--set", "model.d_model=128", "--set", "model.d_ff=344", "--set", "model.n_layers=3", "--set", "model.dropout=0");
        child.WaitForExit().Should().Be(0, child.Output);
        var lines = child.Output.Split(Environment.NewLine);
        var (forecast, measured) = (Megabytes(lines[0]), Megabytes(lines[1]));
        var off = lines[1].Split("the forecast is ")[1].Split(' ')[0];
        double.Parse(off, CultureInfo.InvariantCulture).Should().BeApproximately(100 * forecast / measured - 100, 1.5, lines[1]);
        return (forecast, measured);

        static double Megabytes(string line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return double.Parse(words[1], CultureInfo.InvariantCulture) * (words[2] == "GB" ? 1024 : 1);
        }
    }
}
