using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>The mean cross-entropy of a decoder on fixed ids and targets, and its gradients.</summary>
internal sealed class DecoderLoss(DecoderProbe probe, Tensor ids, Tensor targets)
{
    /// <summary>The loss as a tensor with gradients.</summary>
    public Tensor Compute()
    {
        var logits = probe.LogitsWithGradient(ids);
        var type = logits.dtype == float64 ? float64 : float32;
        return functional.cross_entropy(logits.to(type).flatten(0, 1), targets.flatten());
    }

    /// <summary>The loss, summed in float64.</summary>
    public double Measure()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        return functional.cross_entropy(probe.LogitsWithGradient(ids).to(float64).flatten(0, 1), targets.flatten()).Doubles()[0];
    }

    /// <summary>Computes the gradient of each parameter that is trained; null if it has none.</summary>
    public Dictionary<string, Tensor?> Backward()
    {
        probe.ClearGradients();
        Compute().backward();
        return probe.Parameters
            .Where(entry => entry.Value.requires_grad)
            .ToDictionary(entry => entry.Key, entry => entry.Value.grad?.detach().clone(), StringComparer.Ordinal);
    }
}
