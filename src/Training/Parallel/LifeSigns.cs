using System.Runtime.InteropServices;
using TurkishLlm.Kernels;

namespace TurkishLlm.Training;

/// <summary>Lets the other processes know that this one lives, whatever it is busy with, and hears the same of them.</summary>
internal sealed class LifeSigns : IDisposable
{
    /// <summary>Who was not heard of for so long is lost.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Patience is counted in rounds, not by the clock: where all processes are halted for a while, none has missed anything.
    private const int Rounds = 10;
    private static readonly TimeSpan Period = Patience / Rounds;

    private readonly SharedStore _store;
    private readonly World _world;
    private readonly long[] _counts;
    private readonly int[] _missed;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private volatile bool _storeIsGone;

    /// <param name="store">Where signs are given. Not owned.</param>
    /// <param name="world">Who gives them.</param>
    public LifeSigns(SharedStore store, World world)
    {
        (_store, _world, _counts, _missed) = (store, world, new long[world.Size], new int[world.Size]);
        _thread = new Thread(Live) { IsBackground = true, Priority = ThreadPriority.AboveNormal, Name = "signs of life" };
        _thread.Start();
    }

    /// <summary>Ranks that were not heard of for the length of the patience.</summary>
    public IReadOnlyList<int> Silent() => _storeIsGone
        ? [0]
        : [.. Enumerable.Range(0, _world.Size).Where(rank => Volatile.Read(ref _missed[rank]) >= Rounds)];

    /// <summary>As <see cref="Silent"/>, but waits long enough to know of a process that has just ended.</summary>
    public IReadOnlyList<int> Lost()
    {
        for (var waited = TimeSpan.Zero; waited < Patience + 2 * Period && Silent().Count == 0; waited += Period) Thread.Sleep(Period);
        return Silent();
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Live()
    {
        try
        {
            do
            {
                for (var rank = 0; rank < _world.Size; rank++)
                {
                    var count = _store.Add($"signs/{rank}", rank == _world.Rank ? 1 : 0);
                    Volatile.Write(ref _missed[rank], count == _counts[rank] ? _missed[rank] + 1 : 0);
                    _counts[rank] = count;
                }
            }
            while (!_stop.Wait(Period));
        }
        catch (ExternalException)
        {
            _storeIsGone = true;       // and with it the process that keeps it
        }
    }
}
