using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>Losses of some steps and the weights after them.</summary>
internal sealed record LoopRun(double[] Losses, IReadOnlyDictionary<string, double[]> Weights)
{
    /// <summary>True if the same step of the same state gives the same bits, which is required on the CPU only.</summary>
    public static bool IsExact(Conditions at) => at.Device.type == DeviceType.CPU;

    /// <summary>Copies the weights of a loop to the host.</summary>
    public static IReadOnlyDictionary<string, double[]> Copy(ITrainingLoop loop) =>
        loop.Parameters.ToDictionary(entry => entry.Key, entry => entry.Value.Doubles());

    /// <summary>Writes the weights of one loop over those of another.</summary>
    public static void CopyWeights(ITrainingLoop from, ITrainingLoop to)
    {
        using var grad = no_grad();
        var source = from.Parameters;
        foreach (var (name, tensor) in to.Parameters) tensor.copy_(source[name]);
    }

    /// <summary>Runs a new loop.</summary>
    public static LoopRun Of(
        LoopSubject subject, LoopOptions options, IEnumerable<LoopStep> steps, Action<ITrainingLoop, int>? after = null)
    {
        using var loop = subject.Create(options);
        return Continue(loop, options.Device, steps, after);
    }

    /// <summary>Runs further steps of a loop.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="device">Device of the rows.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="after">Is called after every step with the number of steps made.</param>
    public static LoopRun Continue(
        ITrainingLoop loop, Device device, IEnumerable<LoopStep> steps, Action<ITrainingLoop, int>? after = null)
    {
        var losses = new List<double>();
        foreach (var step in steps)
        {
            losses.Add(loop.Step(step.ToTensors(device)).Loss);
            after?.Invoke(loop, losses.Count);
        }
        return new([.. losses], Copy(loop));
    }

    /// <summary>The run with its losses from a step on.</summary>
    public LoopRun From(int step) => this with { Losses = Losses[step..] };

    /// <summary>Largest difference of a loss or a weight.</summary>
    public double DifferenceFrom(LoopRun other) => Weights
        .Select(w => w.Value.LargestDifference(other.Weights[w.Key]))
        .Append(Losses.LargestDifference(other.Losses))
        .Aggregate(0.0, (a, b) => double.IsNaN(a) || double.IsNaN(b) ? double.NaN : Math.Max(a, b));

    /// <summary>Checks that losses and weights equal those of another run.</summary>
    /// <param name="expected">The other run.</param>
    /// <param name="at">On the CPU every bit must be equal.</param>
    /// <param name="again">Repeats the other run: on other devices its difference, four times, is allowed.</param>
    /// <param name="what">The run in a few words.</param>
    public Verdict SameAs(LoopRun expected, Conditions at, Func<LoopRun> again, string what)
    {
        var allowed = IsExact(at) ? 0 : Tolerance.LoopRepeat(again().DifferenceFrom(expected));
        return Verdict.All(Weights
            .Select(w => Verdict.AtMost(
                allowed, w.Value.LargestDifference(expected.Weights[w.Key]), $"{what}: {w.Key}, largest difference"))
            .Prepend(Verdict.AtMost(allowed, Losses.LargestDifference(expected.Losses), $"{what}: losses, largest difference")))
            with { Pattern = [.. Losses.Zip(expected.Losses, (a, b) => Math.Abs(a - b))] };
    }
}
