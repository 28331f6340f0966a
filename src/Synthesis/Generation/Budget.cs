namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// A spending limit. The maximum cost of a request is reserved before it is sent, so the limit holds regardless of what the
/// replies cost
/// and however many requests are in flight.
/// </summary>
/// <remarks>Spec: SYN-06.</remarks>
internal sealed class Budget(decimal? limit, decimal spent)
{
    private readonly Lock _lock = new();
    private decimal _spent = spent, _reserved;
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reserves an amount. Waits while replies in flight may release enough.</summary>
    /// <returns>False if the budget is insufficient and no request is in flight.</returns>
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

    /// <summary>Releases a reservation and adds the actual cost.</summary>
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
