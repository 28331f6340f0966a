using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FluentAssertions;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Serving;
using TurkishLlm.Training.Memory;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>The sensors through the C functions of a library that the test itself is.</summary>
public sealed unsafe class NvmlSensorsTests
{
    private const string BusId = "0000:18:00.0";
    private static uint _percent;
    private static int _readings;
    private readonly ManualClock _clock = new();

    private readonly Dictionary<string, nint> _functions = new()
    {
        ["nvmlInit_v2"] = (nint)(delegate* unmanaged[Cdecl]<int>)&Initialize,
        ["nvmlDeviceGetHandleByPciBusId_v2"] = (nint)(delegate* unmanaged[Cdecl]<byte*, nint*, int>)&FindDevice,
        ["nvmlDeviceGetUtilizationRates"] = (nint)(delegate* unmanaged[Cdecl]<nint, uint*, int>)&GetRates,
        ["nvmlDeviceGetTemperature"] = (nint)(delegate* unmanaged[Cdecl]<nint, int, uint*, int>)&GetTemperature,
        ["nvmlDeviceGetPowerUsage"] = (nint)(delegate* unmanaged[Cdecl]<nint, uint*, int>)&GetPower,
    };

    public NvmlSensorsTests() => (_percent, _readings) = (97, 0);

    [Fact]
    public void Reads_shares_degrees_and_watts() => Find(BusId)!.Read().Should().Be(new GpuMetrics(0.97, 0.41, 63, 512.25));

    [Fact]
    public void Reads_at_most_once_a_second()
    {
        var sensors = Find(BusId)!;
        var first = sensors.Read();
        _percent = 3;
        _clock.Advance(TimeSpan.FromSeconds(0.999));
        sensors.Read().Should().Be(first);
        _readings.Should().Be(1);
        _clock.Advance(TimeSpan.FromSeconds(0.001));
        sensors.Read().Utilization.Should().Be(0.03);
    }

    [Theory, InlineData("nvmlDeviceGetUtilizationRates"), InlineData("nvmlDeviceGetPowerUsage")]
    public void What_the_device_does_not_report_is_unknown(string function)
    {
        _functions[function] = (nint)(delegate* unmanaged[Cdecl]<nint, uint*, int>)&GetUnsupported;
        var unsupported = Find(BusId)!.Read();
        _functions.Remove(function);
        Find(BusId)!.Read().Should().Be(unsupported);
        unsupported.Temperature.Should().Be(63);
        (unsupported.Utilization is null).Should().Be(function == "nvmlDeviceGetUtilizationRates");
        (unsupported.Power is null).Should().Be(function == "nvmlDeviceGetPowerUsage");
    }

    [Fact]
    public void There_are_none_of_an_unknown_device_or_without_the_library()
    {
        Find("0000:19:00.0").Should().BeNull();
        NvmlSensors.Find(BusId, _ => 0, _clock).Should().BeNull();
    }

    private NvmlSensors? Find(string busId) => NvmlSensors.Find(busId, name => _functions.GetValueOrDefault(name), _clock);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Initialize() => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FindDevice(byte* busId, nint* device)
    {
        *device = 77;
        return Marshal.PtrToStringUTF8((nint)busId) == BusId ? 0 : 6;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetRates(nint device, uint* rates)
    {
        _readings++;
        (rates[0], rates[1]) = (_percent, 41);
        return device == 77 ? 0 : 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetTemperature(nint device, int sensor, uint* degrees)
    {
        *degrees = 63;
        return device == 77 && sensor == 0 ? 0 : 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetPower(nint device, uint* milliwatts)
    {
        *milliwatts = 512_250;
        return device == 77 ? 0 : 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetUnsupported(nint device, uint* values) => 3;      // NVML_ERROR_NOT_SUPPORTED
}
