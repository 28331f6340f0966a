namespace TorchSharp;

/// <summary>
/// Frees what was created inside it, but for what was moved out. Scopes nest, one stack per thread;
/// tensors made on other threads are not caught.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? _current;

    private readonly DisposeScope? _outer;
    private readonly List<IDisposable> _owned = [];
    private bool _closed;

    internal DisposeScope()
    {
        _outer = _current;
        _current = this;
    }

    internal static DisposeScope? Current => _current;

    public int DisposablesCount => _owned.Count;

    internal void Add(torch.Tensor tensor)
    {
        tensor.Scope = this;
        tensor.ScopeSlot = _owned.Count;
        _owned.Add(tensor);
    }

    // The last one takes the freed place, so that leaving a scope costs nothing however many it holds.
    internal void Remove(torch.Tensor tensor)
    {
        if (!ReferenceEquals(tensor.Scope, this)) return;
        var last = _owned.Count - 1;
        var moved = _owned[last];
        _owned[tensor.ScopeSlot] = moved;
        if (moved is torch.Tensor other) other.ScopeSlot = tensor.ScopeSlot;
        _owned.RemoveAt(last);
        tensor.Scope = null;
    }

    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(_outer, disposable);

    public T Detach<T>(T disposable) where T : IDisposable => MoveToOther(null, disposable);

    public void Attach(IDisposable disposable) => MoveToOther(this, disposable);

#pragma warning disable CA1822 // An instance method in TorchSharp.
    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
#pragma warning restore CA1822
    {
        if (disposable is torch.Tensor tensor)
        {
            tensor.Scope?.Remove(tensor);
            scope?.Add(tensor);
        }
        else
        {
            scope?._owned.Add(disposable);
        }
        return disposable;
    }

    public void DisposeEverything()
    {
        while (_owned.Count > 0)
        {
            var last = _owned[^1];
            if (last is torch.Tensor tensor) Remove(tensor);
            else _owned.RemoveAt(_owned.Count - 1);
            last.Dispose();
        }
    }

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        DisposeEverything();
        if (!ReferenceEquals(_current, this))
            throw new InvalidOperationException("A dispose scope was closed while an inner one is open. Close scopes in the reverse order, on the thread that opened them.");
        _current = _outer;
    }
}

public static partial class torch
{
    public static DisposeScope NewDisposeScope() => new();

    public static DisposeScope? CurrentDisposeScope => DisposeScope.Current;
}
