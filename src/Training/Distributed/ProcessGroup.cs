using System.Diagnostics;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Training.Distributed.Mpi;
using TurkishLlm.Training.Distributed.Nccl;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed;

/// <summary>
/// A group of processes: an engine sums their tensors, a control channel carries short texts and detects lost processes. After
/// a loss, this process can continue and save a checkpoint even if the engine hangs.
/// </summary>
public sealed class ProcessGroup : IProcessGroup
{
    private const string NoResponse = "it did not respond";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private readonly ControlChannel _channel;
    private readonly ICollectiveEngine _engine;
    private readonly EngineThread _thread = new();
    private readonly TimeSpan _timeout;
    private bool _isClosed;

    private ProcessGroup(ControlChannel channel, ICollectiveEngine engine, TimeSpan timeout) =>
        (_channel, _engine, _timeout) = (channel, engine, timeout);

    /// <inheritdoc/>
    public DistributedContext Context => _channel.Context;

    /// <summary>Returns why distributed training on a kind of device is not possible here; null if it is.</summary>
    public static string? GetUnavailableReason(DeviceType device) => device switch
    {
        DeviceType.CPU => MpiEngine.UnavailableReason,
        DeviceType.CUDA => NcclEngine.UnavailableReason,
        _ => "no collective library for it is supported",
    };

    /// <summary>Throws if the collective library of a kind of device is missing.</summary>
    /// <exception cref="ConfigurationException">The library is missing; the message says how to install it.</exception>
    public static void RequireSupport(int processes, DeviceType device)
    {
        if (GetUnavailableReason(device) is { } reason)
            throw new ConfigurationException(
                $"Training in {processes} processes on {device.ToString().ToLowerInvariant()} is not possible here: {reason}. "
                + "Alternatively train in one process.");
    }

    /// <summary>
    /// Connects to the other processes and returns when all are connected. Uses Open MPI for CPU tensors, NCCL for CUDA tensors.
    /// </summary>
    /// <param name="context">Rank and addresses of this process.</param>
    /// <param name="device">Device of this process.</param>
    /// <param name="timeout">How long to wait for the others, now and in every operation, while all of them are alive.</param>
    /// <exception cref="ConfigurationException">The library is missing, or the processes were not started for it.</exception>
    /// <exception cref="IOException">A process did not connect in time, or the port is in use.</exception>
    /// <exception cref="LostRankException">A process ended while connecting.</exception>
    public static ProcessGroup Connect(DistributedContext context, Device device, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(device);
        RequireSupport(context.WorldSize, device.type);
        return Connect(context, device.type == DeviceType.CUDA ? new NcclEngine(device) : new MpiEngine(), timeout);
    }

    /// <summary>Connects to the other processes with a given engine.</summary>
    /// <inheritdoc cref="Connect(DistributedContext, Device, TimeSpan)"/>
    public static ProcessGroup Connect(DistributedContext context, ICollectiveEngine engine, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(engine);
        var group = new ProcessGroup(ControlChannel.Connect(context, timeout), engine, timeout);
        try
        {
            group.ConnectEngine();
            return group;
        }
        catch
        {
            group.Abort();
            group.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void AllReduceSum(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (_isClosed) throw AbortWithLostRanks(_channel.GoneRanks, NoResponse);
        try
        {
            WaitFor(_thread.Enqueue(() =>
            {
                _engine.StartAllReduce(tensor);
                _thread.PollUntil(_engine.PollCompletion);
            }), () => _channel.GoneRanks);
        }
        catch (CollectiveException error)
        {
            throw AbortWithLostRanks(_channel.WaitForGoneRanks(), error.Message);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> AllGather(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _channel.AllGather(text, _timeout)
            ?? throw AbortWithLostRanks(_channel.GoneRanks, _channel.GoneRanks.Count > 0 ? NoResponse : TimedOut);
    }

    /// <summary>Leaves the group: together with the others if all have finished, otherwise at once.</summary>
    public void Dispose()
    {
        _channel.Leave();
        if (!_isClosed) LeaveTogether();
        Abort();
        _channel.Dispose();
    }

    private string TimedOut => $"waited {(long)_timeout.TotalSeconds} s for the others";

    private void ConnectEngine()
    {
        try
        {
            WaitFor(_thread.Enqueue(() => _engine.Connect(Context, AllGather)), () => _channel.GoneRanks);
        }
        catch (CollectiveException error)
        {
            throw new IOException($"Rank {Context.Rank} did not connect to the others: {error.Message}", error);
        }
    }

    // Other processes may still need data of the last sum that passes through this process.
    private void LeaveTogether()
    {
        try
        {
            WaitFor(_thread.Enqueue(() => _thread.PollUntil(() => _engine.PollCompletion() && _channel.HaveAllLeft())), () =>
                _channel.LostRanks);
            // Waits for the other processes; one of them may be lost at this moment.
            _isClosed = true;
            _thread.Enqueue(() => _engine.Close(graceful: true)).Wait(Heartbeat.Timeout);
        }
        catch (Exception error) when (error.GetBaseException() is LostRankException or CollectiveException)
        {
            // All sums are complete.
        }
    }

    private void WaitFor(Task call, Func<IReadOnlyList<int>> getMissingRanks)
    {
        var started = Stopwatch.GetTimestamp();
        while (Task.WaitAny([call], PollInterval) < 0)
        {
            if (getMissingRanks() is { Count: > 0 } gone) throw AbortWithLostRanks(gone, NoResponse);
            if (Stopwatch.GetElapsedTime(started) > _timeout) throw AbortWithLostRanks([], TimedOut);
        }
        call.GetAwaiter().GetResult();
    }

    private LostRankException AbortWithLostRanks(IReadOnlyList<int> ranks, string cause)
    {
        Abort();
        return new LostRankException(ranks, Context, cause.Split('\n')[0]);
    }

    // Operations on a device must end before weights can be read from it.
    private void Abort()
    {
        _thread.Abort();
        if (_isClosed) return;
        _isClosed = true;
        try
        {
            _engine.Close(graceful: false);
        }
        catch (CollectiveException)
        {
            // The engine was already aborted.
        }
    }
}
