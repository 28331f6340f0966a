namespace TurkishLlm.Inference.Batching;

/// <summary>A queue from which clients are served in turn; the items of one client stay in order.</summary>
/// <remarks>Spec: GEN-31. Not thread-safe.</remarks>
internal sealed class FairQueue<T>
{
    private readonly LinkedList<(string Client, Queue<T> Items)> _clients = [];

    public int Count { get; private set; }

    public void Enqueue(string client, T item)
    {
        var node = _clients.First;
        while (node is not null && node.Value.Client != client) node = node.Next;
        node ??= _clients.AddLast((client, new Queue<T>()));
        node.Value.Items.Enqueue(item);
        Count++;
    }

    /// <summary>Removes the next item of the client that has waited longest since its last turn.</summary>
    public bool TryDequeue(out T item)
    {
        item = default!;
        if (_clients.First is not { } first) return false;
        item = first.Value.Items.Dequeue();
        Count--;
        _clients.RemoveFirst();
        if (first.Value.Items.Count > 0) _clients.AddLast(first);
        return true;
    }

    /// <summary>Removes and returns the items that satisfy a condition.</summary>
    public IReadOnlyList<T> RemoveWhere(Func<T, bool> condition)
    {
        var removed = new List<T>();
        for (var node = _clients.First; node is not null;)
        {
            var next = node.Next;
            var (client, items) = node.Value;
            removed.AddRange(items.Where(condition));
            var kept = new Queue<T>(items.Where(item => !condition(item)));
            if (kept.Count == 0) _clients.Remove(node);
            else node.Value = (client, kept);
            node = next;
        }
        Count -= removed.Count;
        return removed;
    }
}
