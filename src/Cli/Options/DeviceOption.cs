using System.CommandLine;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Options;

/// <summary><c>--device</c>, as plans name devices.</summary>
internal static class DeviceOption
{
    public static Option<string> Create() => new("--device") { Description = "auto (a GPU where there is one), cpu, cuda or cuda:N.", DefaultValueFactory = _ => "auto" };

    /// <exception cref="ConfigurationException">There is no such device.</exception>
    public static torch.Device Resolve(string device) => DeviceChoice.TryParse(device, out var choice)
        ? TrainingDevice.Resolve(choice)
        : throw new ConfigurationException($"--device is {device}; it must be auto, cpu, cuda or cuda:N.");
}
