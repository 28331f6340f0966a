using System.CommandLine;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Options;

/// <summary>The option <c>--device</c>, with the device names of plans.</summary>
internal static class DeviceOption
{
    public static Option<string> Create() => new("--device")
    {
        Description = "Device: cpu, cuda, cuda:N, or auto (a GPU if there is one).", DefaultValueFactory = _ => "auto",
    };

    /// <summary>Returns the device with this name.</summary>
    /// <exception cref="ConfigurationException">The name is invalid, or this machine has no such device.</exception>
    public static torch.Device Resolve(string device) => DeviceChoice.TryParse(device, out var choice)
        ? TrainingDevice.Resolve(choice)
        : throw new ConfigurationException($"--device is {device}; it must be auto, cpu, cuda or cuda:N.");
}
