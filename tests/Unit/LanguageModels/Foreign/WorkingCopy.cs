using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>A copy of a model in the number type of its products; the model itself has the master weights.</summary>
internal sealed class WorkingCopy : IDisposable
{
    private readonly Module<Tensor, Tensor> _master;

    public WorkingCopy(Module<Tensor, Tensor> master, Func<Module<Tensor, Tensor>> create, ScalarType type)
    {
        _master = master;
        Model = type == ScalarType.Float32 ? master : create();
        if (Model != master) Model.to(type);
    }

    /// <summary>The model that computes.</summary>
    public Module<Tensor, Tensor> Model { get; }

    /// <summary>Writes the master weights to the copy.</summary>
    public void Refresh()
    {
        if (Model == _master) return;
        using var grad = no_grad();
        foreach (var (weight, copy) in _master.parameters().Zip(Model.parameters())) copy.copy_(weight);
    }

    /// <summary>Adds the gradients of the copy to those of the master weights.</summary>
    public void CollectGradients()
    {
        if (Model == _master) return;
        foreach (var (weight, copy) in _master.parameters().Zip(Model.parameters()))
        {
            if (copy.grad is not { } gradient) continue;
            var exact = gradient.to(float32);
            weight.grad = (weight.grad is { } before ? before + exact : exact).DetachFromDisposeScope();
            copy.grad = null;
        }
    }

    public void Dispose()
    {
        if (Model != _master) Model.Dispose();
    }
}
