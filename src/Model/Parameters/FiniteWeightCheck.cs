using System.Globalization;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Parameters;

/// <summary>Finds NaN and infinity among weights.</summary>
public static class FiniteWeightCheck
{
    /// <summary>Returns a sentence for each weight that contains NaN or infinity; empty if all are finite.</summary>
    public static IEnumerable<string> FindProblems(ParameterTable weights)
    {
        foreach (var name in weights.Names)
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var numbers = MemoryMarshal.Cast<byte, float>(weights[name].detach().cpu().contiguous().bytes);
            if (Describe(name, numbers) is { } problem) yield return problem;
        }
    }

    /// <summary>Throws if weights are not finite.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="file">The file of the weights, for the message.</param>
    /// <exception cref="InvalidDataException">A weight is not finite; the message names it.</exception>
    public static void ThrowIfNotFinite(ParameterTable weights, string file)
    {
        if (FindProblems(weights).FirstOrDefault() is { } problem)
            throw new InvalidDataException($"{file}: {problem}. The run that wrote it diverged; use an earlier checkpoint.");
    }

    private static string? Describe(string name, ReadOnlySpan<float> numbers)
    {
        var count = 0;
        foreach (var number in numbers)
            if (!float.IsFinite(number)) count++;
        return count == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{name} holds NaN or infinity in {count} of {numbers.Length} numbers");
    }
}
