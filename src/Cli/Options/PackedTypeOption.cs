using System.CommandLine;
using TorchSharp;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Options;

/// <summary>The option <c>--weights</c>: the number type of the weights in memory, on the CPU.</summary>
internal static class PackedTypeOption
{
    public static Option<string> Create()
    {
        var option = new Option<string>("--weights")
        {
            Description = "Number type of the weights in memory, on the CPU: float32; bfloat16 (half the memory, faster) or int8 "
                + "(less than a third, fastest), which change the answers a little.",
            DefaultValueFactory = _ => "float32",
        };
        option.AcceptOnlyFromAmong("float32", "bfloat16", "int8");
        return option;
    }

    /// <summary>Returns the type with this name.</summary>
    /// <exception cref="ConfigurationException">The device is not the CPU, and the type is not float32.</exception>
    public static PackedType Parse(string name, torch.Device device) => name switch
    {
        "float32" => PackedType.Float32,
        _ when device.type != DeviceType.CPU => throw new ConfigurationException(
            $"--weights {name} is for the CPU, but the device is {device}. Add --device cpu, or leave --weights out."),
        "bfloat16" => PackedType.BFloat16,
        _ => PackedType.Int8,
    };
}
