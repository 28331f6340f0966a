using System.Runtime.InteropServices;
using System.Text;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Training.Memory;

/// <summary>The sensors of an NVIDIA device. The library is loaded at run time; without it nothing is measured.</summary>
/// <remarks>Source: NVIDIA Management Library, "Device Queries".</remarks>
public sealed class NvmlSensors
{
    private const int TemperatureOfChip = 0;
    private static readonly TimeSpan ReadingInterval = TimeSpan.FromSeconds(1);

    private readonly nint _device;
    private readonly TimeProvider _clock;
    private readonly GetRates? _getRates;
    private readonly GetTemperature? _getTemperature;
    private readonly GetPower? _getPower;
    private long _readAt;
    private GpuMetrics? _last;

    private NvmlSensors(nint device, Func<string, nint> library, TimeProvider clock)
    {
        (_device, _clock) = (device, clock);
        _getRates = GetFunction<GetRates>(library, "nvmlDeviceGetUtilizationRates");
        _getTemperature = GetFunction<GetTemperature>(library, "nvmlDeviceGetTemperature");
        _getPower = GetFunction<GetPower>(library, "nvmlDeviceGetPowerUsage");
    }

    // The functions return 0 on success.
    private delegate int Initialize();
    private delegate int FindDevice(byte[] busId, out nint device);
    private delegate int GetRates(nint device, out Rates rates);
    private delegate int GetTemperature(nint device, int sensor, out uint degrees);
    private delegate int GetPower(nint device, out uint milliwatts);

    /// <summary>Finds the sensors of a device.</summary>
    /// <param name="busId">Address of the device on the PCI bus as the CUDA driver gives it, <c>0000:18:00.0</c>.</param>
    /// <param name="clock">Decides when a reading is old.</param>
    /// <returns>Null if the library is not installed, or does not know the device.</returns>
    public static NvmlSensors? Find(string busId, TimeProvider clock) =>
        NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1", out var library)
            ? Find(busId, name => NativeLibrary.TryGetExport(library, name, out var address) ? address : 0, clock)
            : null;

    /// <summary>Finds the sensors of a device in a library that is already loaded.</summary>
    /// <param name="busId">Address of the device on the PCI bus.</param>
    /// <param name="library">Returns the address of a function of the library; 0 if it has none of that name.</param>
    /// <param name="clock">Decides when a reading is old.</param>
    public static NvmlSensors? Find(string busId, Func<string, nint> library, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(busId);
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(clock);
        return GetFunction<Initialize>(library, "nvmlInit_v2") is { } initialize
            && GetFunction<FindDevice>(library, "nvmlDeviceGetHandleByPciBusId_v2") is { } find
            && initialize() == 0
            && find(Encoding.ASCII.GetBytes(busId + '\0'), out var device) == 0
                ? new(device, library, clock)
                : null;
    }

    /// <summary>Reads the sensors, at most once a second: the device itself averages over about as long.</summary>
    public GpuMetrics Read()
    {
        if (_last is not null && _clock.GetElapsedTime(_readAt) < ReadingInterval) return _last;
        _readAt = _clock.GetTimestamp();
        var rates = default(Rates);
        var (degrees, milliwatts) = (0u, 0u);
        var hasRates = _getRates?.Invoke(_device, out rates) == 0;
        var hasTemperature = _getTemperature?.Invoke(_device, TemperatureOfChip, out degrees) == 0;
        var hasPower = _getPower?.Invoke(_device, out milliwatts) == 0;
        return _last = new(
            hasRates ? rates.Kernels / 100.0 : null, hasRates ? rates.Memory / 100.0 : null, hasTemperature ? degrees : null,
            hasPower ? milliwatts / 1000.0 : null);
    }

    private static T? GetFunction<T>(Func<string, nint> library, string name)
        where T : Delegate => library(name) is var address and not 0 ? Marshal.GetDelegateForFunctionPointer<T>(address) : null;

    // In percent.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Rates
    {
        public readonly uint Kernels;
        public readonly uint Memory;
    }
}
