using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using static TurkishLlm.Kernels.Autograd.NativeAutograd;

namespace TurkishLlm.Kernels.Autograd;

/// <summary>Computes the gradients of the inputs of an operation.</summary>
/// <param name="saved">The tensors saved by the forward pass.</param>
/// <param name="gradients">Gradients of the outputs; null for unused outputs.</param>
/// <returns>The gradient of each input; null for none.</returns>
internal delegate Tensor?[] BackwardFunction(Tensor[] saved, Tensor?[] gradients);

/// <summary>Adds operations written in C# to the autograd graph of libtorch.</summary>
internal sealed unsafe class AutogradFunction
{
    // Nodes that libtorch may call. libtorch reports when it no longer needs one.
    private static readonly ConcurrentDictionary<AutogradFunction, byte> Alive = new();

    [ThreadStatic] private static ExceptionDispatchInfo? _failure;
    [ThreadStatic] private static AutogradFunction? _last;
    [ThreadStatic] private static nint[]? _allocated;

    private readonly BackwardFunction _backward;
    private readonly ApplyNode _apply;
    private readonly DeleteNode _delete;
    private readonly NodePointer _node;
    private readonly int _inputs;
    private nint[] _saved = [];
    private Tensor?[] _returned = [];
    private nint[] _handles = [];
    private bool _used;

    private AutogradFunction(int inputs, BackwardFunction backward)
    {
        (_inputs, _backward, _apply, _delete) = (inputs, backward, Apply, Delete);
        _node = NewNode(Marshal.GetFunctionPointerForDelegate(_apply), Marshal.GetFunctionPointerForDelegate(_delete));
        Check();
        Alive[this] = 0;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate TensorArray ApplyNode(nint* gradients, int count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void DeleteNode();

    /// <summary>
    /// Returns true if autograd must record an operation: recording is enabled, and an input requires a gradient.
    /// </summary>
    public static bool IsGradientRequired(params ReadOnlySpan<Tensor> inputs)
    {
        if (!is_grad_enabled()) return false;
        foreach (var input in inputs)
            if (input.requires_grad) return true;
        return false;
    }

    /// <summary>
    /// Records an operation with outputs that were computed without gradients. Call it only if <see cref="IsGradientRequired"/>.
    /// </summary>
    /// <param name="inputs">The inputs of the operation.</param>
    /// <param name="outputs">New tensors; disposed and replaced by the returned ones.</param>
    /// <param name="saved">
    /// Tensors that <paramref name="backward"/> reads. Modifying one in place before that is an error. Must not contain an output
    /// itself; pass a detached one.
    /// </param>
    /// <param name="backward">Computes the gradients. Called once, without recording gradients.</param>
    /// <returns>The outputs, as part of the graph.</returns>
    public static Tensor[] Record(Tensor[] inputs, Tensor[] outputs, Tensor[] saved, BackwardFunction backward)
    {
        var operation = new AutogradFunction(inputs.Length, backward);
        var node = operation._node;
        try
        {
            fixed (nint* ins = Handles(inputs), outs = Handles(outputs))
            {
                var from = new TensorArray((nint)ins, inputs.Length);
                SetNextEdges(node, from, 1);
                Check();
                ClearInputMetadata(node);
                Check();
                WrapOutputs(from, default, default, new((nint)outs, outputs.Length), node, &Allocate);
                Check();
            }
            var wrapped = Array.ConvertAll(_allocated!, Tensor.UnsafeCreateTensor);
            operation._saved = Array.ConvertAll(saved, tensor => SaveVariable(tensor.Handle, node, 0));
            Check();
            foreach (var output in outputs) output.Dispose();
            GC.KeepAlive(inputs);
            GC.KeepAlive(saved);
            return wrapped;
        }
        finally
        {
            ReleaseShared(node);
        }
    }

    /// <summary>Runs a backward pass. Rethrows exceptions of operations written in C# unchanged.</summary>
    /// <param name="output">The tensor to differentiate.</param>
    /// <param name="gradient">Gradient by <paramref name="output"/>; null for one, if it is a scalar.</param>
    public static void RunBackward(Tensor output, Tensor? gradient = null)
    {
        _failure = null;
        try
        {
            output.backward(gradient is null ? null : [gradient]);
        }
        catch (ExternalException) when (_failure is { } failure)
        {
            _failure = null;
            failure.Throw();
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint* Allocate(nuint count)
    {
        _allocated = GC.AllocateArray<nint>((int)count, pinned: true);
        return (nint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_allocated));
    }

    private static nint[] Handles(Tensor?[] tensors) => Array.ConvertAll(tensors, tensor => tensor is null ? 0 : tensor.Handle);

    // Exceptions must not cross native frames: the process would end. libtorch reports a result of the wrong length with an error
    // of its own, which reaches the caller of backward.
    private TensorArray Apply(nint* gradients, int count)
    {
        try
        {
            _last?.ReleaseReturned();
            _last = this;
            if (_used)
                throw new InvalidOperationException(
                    "Trying to backward through the graph a second time: the saved tensors of an operation are freed "
                    + "after the first backward pass. Compute the loss again.");
            _used = true;
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var arrived = new Tensor?[count];
            for (var i = 0; i < count; i++) arrived[i] = gradients[i] == 0 ? null : Tensor.UnsafeCreateTensor(gradients[i]);
            var saved = Array.ConvertAll(_saved, variable => Tensor.UnsafeCreateTensor(Unpack(variable)));
            var results = _backward(saved, arrived);
            // A backward pass inside this one has ended, and what its last operation returned was read.
            if (_last != this) _last?.ReleaseReturned();
            _last = this;
            if (results.Length != _inputs)
                throw new InvalidOperationException($"An operation of {_inputs} inputs returned {results.Length} gradients.");
            _returned = Array.ConvertAll(results, result => result?.DetachFromDisposeScope());
            _handles = GC.AllocateArray<nint>(_inputs, pinned: true);
            Handles(_returned).CopyTo(_handles, 0);
            ReleaseSaved();
            return new((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_handles)), _inputs);
        }
#pragma warning disable CA1031 // RunBackward rethrows the exception.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(error);
            return new(0, 0);
        }
    }

    private nint Unpack(nint variable)
    {
        var tensor = UnpackVariable(variable, _node with { Shared = 0 });
        Check();
        return tensor;
    }

    private void Delete()
    {
        ReleaseSaved();
        ReleaseReturned();
        if (ReferenceEquals(_last, this)) _last = null;
        ReleaseWeak(_node);
        Alive.TryRemove(this, out _);
    }

    private void ReleaseSaved()
    {
        foreach (var variable in _saved)
        {
            ResetVariable(variable);
            ReleaseVariable(variable);
        }
        _saved = [];
    }

    private void ReleaseReturned()
    {
        // A graph may be deleted on another thread than that of the backward pass.
        foreach (var tensor in Interlocked.Exchange(ref _returned, [])) tensor?.Dispose();
    }
}
