using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Forecasts;

/// <summary>What a forecast is computed from, beside the plan and this machine.</summary>
/// <param name="Machine">Hourly rate, currency and peak of the machine.</param>
/// <param name="Utilization">Fraction of the peak that training reaches; null to use a measured speed.</param>
internal sealed record ForecastSettings(MachineSettings Machine, double? Utilization);

/// <summary>Options of commands that forecast what training takes.</summary>
internal sealed class ForecastOptions
{
    private readonly Option<double?> _utilization = DecimalOption.CreateOptional(
        "--utilization",
        "For the forecast of another machine: fraction of --peak-tflops that training reaches, such as 0.3 (default: the speed "
            + "of earlier runs on this machine, otherwise of a short probe).");

    public void AddTo(Command command) => command.Options.Add(_utilization);

    /// <exception cref="ConfigurationException">The number is out of range, or the peak is missing.</exception>
    public ForecastSettings Read(ParseResult parsed, MachineSettings machine)
    {
        var share = parsed.GetValue(_utilization);
        if (share is not (null or (> 0 and <= 1)))
            throw new ConfigurationException(Format.Invariant($"--utilization is {share}; it must be above 0 and at most 1."));
        return share is not null && machine.PeakTeraflops is null
            ? throw new ConfigurationException(
                "--utilization is a fraction of --peak-tflops, which is missing. Add --peak-tflops 989.")
            : new(machine, share);
    }
}
