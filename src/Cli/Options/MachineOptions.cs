using System.CommandLine;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Options;

/// <summary>Facts about the machine that the user supplies.</summary>
/// <param name="HourlyRate">Price per hour; null if unknown.</param>
/// <param name="Currency">Currency of the price.</param>
/// <param name="PeakTeraflops">Peak matrix multiplication rate in TFLOP/s; null to measure it.</param>
internal sealed record MachineSettings(double? HourlyRate = null, string Currency = "", double? PeakTeraflops = null);

/// <summary>Options that set <see cref="MachineSettings"/>.</summary>
internal sealed class MachineOptions
{
    private readonly Option<double?> _rate = DecimalOption.CreateOptional(
        "--hourly-rate", "Price of this machine per hour, for the cost of training, such as 2.38 (default: no costs are shown).");
    private readonly Option<string> _currency = new("--currency") { Description = "Currency of --hourly-rate, such as USD." };
    private readonly Option<double?> _peak = DecimalOption.CreateOptional(
        "--peak-tflops",
        "Peak matrix multiplication rate of this machine in TFLOP/s, such as 989 for an H100 in bfloat16 "
        + "(default: measure it in half a second).");

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
