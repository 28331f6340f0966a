namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// A limit to what may be spent. The most that a request can cost is set aside before it is sent, so the limit holds whatever the
/// replies cost and however many are on their way.
/// </summary>
/// <remarks>Spec: SYN-06.</remarks>
internal sealed class Budget(decimal? limit, decimal spent)
{
    private readonly Lock _lock = new();
    private decimal _spent = spent, _reserved;
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sets an amount aside; waits while replies on their way may leave enough.</summary>
    /// <returns>False when there is not enough and nothing is on its way.</returns>
    public async Task<bool> ReserveAsync(decimal maxCost, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task settled;
            lock (_lock)
            {
                if (limit is null || _spent + _reserved + maxCost <= limit)
                {
                    _reserved += maxCost;
                    return true;
                }
                if (_reserved == 0) return false;
                settled = _settled.Task;
            }
            await settled.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes back what was set aside, and counts what was spent.</summary>
    public void Commit(decimal reserved, decimal cost)
    {
        TaskCompletionSource settled;
        lock (_lock)
        {
            _reserved -= reserved;
            _spent += cost;
            (settled, _settled) = (_settled, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        settled.SetResult();
    }
}
