using static TorchSharp.torch;

namespace TurkishLlm.Specification;

/// <summary>Proof that requirements hold under conditions. Only a <see cref="Gate"/> can create one.</summary>
public sealed class Clearance
{
    internal Clearance(GateReport report) => (Report, Digest) = (report, report.GetDigest());

    /// <summary>The measurements, to be stored with the run.</summary>
    public GateReport Report { get; }

    /// <summary>SHA-256 of the report as JSON, to be stored in every checkpoint.</summary>
    public string Digest { get; }

    /// <summary>Checks that a run has the conditions that were judged.</summary>
    /// <param name="device">Device of the run.</param>
    /// <param name="numberType">Number type of its matrix products.</param>
    /// <exception cref="InvalidOperationException">The device or the number type is another one.</exception>
    public void ThrowIfNotFor(Device device, ScalarType numberType)
    {
        ArgumentNullException.ThrowIfNull(device);
        var ofRun = $"{GateReport.NameOf(device)} in {numberType.ToString().ToLowerInvariant()}";
        var ofGate = $"{Report.Device} in {Report.NumberType}";
        if (ofRun != ofGate)
            throw new InvalidOperationException(
                $"The gate judged {ofGate}, and the run uses {ofRun}. Clear it with the conditions of the run.");
    }
}
