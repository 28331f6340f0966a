using System.CommandLine;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Options;

/// <summary>What the user tells of the machine, because nobody else knows it or to spare a measurement.</summary>
/// <param name="HourlyRate">Price of an hour; null when it was not told.</param>
/// <param name="Currency">Of the price.</param>
/// <param name="PeakTeraflops">Highest rate of matrix products, in 10¹² operations a second; null to measure it.</param>
internal sealed record MachineSettings(double? HourlyRate = null, string Currency = "", double? PeakTeraflops = null);

/// <summary>The options for <see cref="MachineSettings"/>.</summary>
internal sealed class MachineOptions
{
    private readonly Option<double?> _rate = DecimalOption.CreateOptional("--hourly-rate", "Price of an hour of this machine, to show what training costs: --hourly-rate 2.38.");
    private readonly Option<string> _currency = new("--currency") { Description = "Of the price, in any words: --currency USD." };
    private readonly Option<double?> _peak = DecimalOption.CreateOptional("--peak-tflops", "The machine's highest rate of matrix products in TFLOP/s: 989 for an H100 in bfloat16. Without it, it is measured for half a second.");

    public void AddTo(Command command)
    {
        command.Options.Add(_rate);
        command.Options.Add(_currency);
        command.Options.Add(_peak);
    }

    /// <exception cref="ConfigurationException">A number is out of range.</exception>
    public MachineSettings Read(ParseResult parsed)
    {
        var (rate, peak) = (parsed.GetValue(_rate), parsed.GetValue(_peak));
        if (rate is < 0) throw new ConfigurationException(Format.Invariant($"--hourly-rate is {rate}; it must be 0 or more."));
        if (peak is <= 0) throw new ConfigurationException(Format.Invariant($"--peak-tflops is {peak}; it must be more than 0."));
        return new(rate, parsed.GetValue(_currency) ?? "", peak);
    }
}
