using System.Globalization;
using System.Runtime.CompilerServices;
using global::Xunit;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.Xunit;

/// <summary>
/// Compares the losses of a seeded run with those on record, in <c>NAME.verified.txt</c> beside the test. A test never writes
/// that file: it leaves <c>NAME.received.txt</c>, which you rename after looking at it.
/// </summary>
public static class GoldenLosses
{
    private const char Comment = '#';

    /// <summary>Compares losses with those on record, one by one, and fails the test at the first that differs.</summary>
    /// <param name="losses">The loss of each step, or any other number per step.</param>
    /// <param name="name">Name of the file, without <c>.verified.txt</c>.</param>
    /// <param name="tolerance">
    /// Largest relative difference: <see cref="Tolerance.StepsLoss"/> for the same libtorch, device and number type;
    /// <see cref="Tolerance.LossCurve"/> for the number type on another device.
    /// </param>
    /// <param name="test">Path of the test's source file; the compiler fills it in.</param>
    /// <exception cref="DirectoryNotFoundException">The folder of the source file is not on this machine.</exception>
    /// <example>
    /// <code>
    /// GoldenLosses.Verify([.. Enumerable.Range(0, 10).Select(_ => trainer.Step())], "TenSteps", Tolerance.StepsLoss);
    /// </code>
    /// </example>
    public static void Verify(
        IReadOnlyList<double> losses, string name, double tolerance, [CallerFilePath] string test = "")
    {
        ArgumentNullException.ThrowIfNull(losses);
        var folder = Path.GetDirectoryName(test);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException(
                $"There is no folder {folder}. The losses on record are beside the source of the test: run the test where it was "
                    + "compiled, and do not map its paths (DeterministicSourcePaths, PathMap).");
        var (verified, received) = (
            Path.Combine(folder, $"{name}.verified.txt"), Path.Combine(folder, $"{name}.received.txt"));
        var difference = File.Exists(verified) ? Compare(Read(verified), losses, tolerance) : "nothing is on record";
        if (difference is null)
        {
            File.Delete(received);
            return;
        }
        File.WriteAllText(received, Format(losses));
        Assert.Fail($"{name}: {difference}.\nTo accept the received numbers: mv {received} {verified}");
    }

    private static string? Compare(double[] recorded, IReadOnlyList<double> losses, double tolerance)
    {
        if (recorded.Length != losses.Count) return $"{losses.Count} numbers, on record {recorded.Length}";
        for (var step = 0; step < recorded.Length; step++)
        {
            var difference = Math.Abs(losses[step] - recorded[step]);
            // NaN is never within a tolerance.
            if (!(difference <= tolerance * Math.Abs(recorded[step])))
                return Invariant($"number {step} is {losses[step]:R}, on record {recorded[step]:R}: ")
                    + Invariant($"relative difference {difference / Math.Abs(recorded[step]):G3}, allowed {tolerance:G3}");
        }
        return null;
    }

    private static double[] Read(string path) =>
    [
        .. File.ReadLines(path)
            .Where(line => line.Trim() is { Length: > 0 } text && text[0] != Comment)
            .Select(line => double.Parse(line, CultureInfo.InvariantCulture)),
    ];

    private static string Format(IReadOnlyList<double> losses) =>
        $"{Comment} libtorch {__version__}, one number per step\n"
            + string.Concat(losses.Select(loss => Invariant($"{loss:R}\n")));
}
