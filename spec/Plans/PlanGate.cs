using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Training;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Spec.Plans;

/// <summary>
/// Judges all requirements with the device, number type, configuration, tokenizer, data and seed of a run. Only the gate can
/// issue the <see cref="Clearance"/> that a trainer requires.
/// </summary>
public static class PlanGate
{
    /// <summary>Judges all requirements under a plan and issues a clearance if they hold.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="progress">Receives every judgment.</param>
    /// <param name="context">The process of a distributed run; null for a single process.</param>
    /// <param name="dataProgress">Receives the fraction of the data that is verified.</param>
    /// <param name="cancellationToken">Cancels the judging.</param>
    /// <exception cref="PlanGateClosedException">
    /// A shard is damaged, or a requirement fails; the message lists all that fail, with evidence.
    /// </exception>
    public static Clearance Clear(
        TrainingPlan plan,
        IProgress<Judgment>? progress = null,
        DistributedContext? context = null,
        IProgress<double>? dataProgress = null,
        CancellationToken cancellationToken = default)
    {
        var report = Judge(plan, RequirementCatalog.All, progress, context, dataProgress, cancellationToken);
        if (!report.IsOpen) throw new PlanGateClosedException(report);
        FreedMemory.Release();      // training needs less memory than the oracles
        var json = report.ToJson();
        return new Clearance(
            plan, json, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json))), report.RequirementCount)
        {
            Data = report.Data,
        };
    }

    /// <summary>
    /// Verifies the shards, then judges requirements on all their canonical cases; also continues after failures of these.
    /// </summary>
    /// <param name="plan">The plan that sets the conditions.</param>
    /// <param name="requirements">The requirements to judge.</param>
    /// <param name="progress">Receives every judgment.</param>
    /// <param name="context">The process of a distributed run; null for a single process.</param>
    /// <param name="dataProgress">Receives the fraction of the data that is verified.</param>
    /// <param name="cancellationToken">Cancels the judging.</param>
    /// <exception cref="PlanGateClosedException">A shard is damaged, so nothing was judged.</exception>
    public static PlanGateReport Judge(
        TrainingPlan plan,
        Catalog requirements,
        IProgress<Judgment>? progress = null,
        DistributedContext? context = null,
        IProgress<double>? dataProgress = null,
        CancellationToken cancellationToken = default)
    {
        var threads = (context ?? DistributedContext.SingleProcess).GetThreadCount(plan);
        CheckedOperators.SetNumThreads(threads);
        using var conditions = new RunConditions(plan);
        var started = Stopwatch.GetTimestamp();
        var data = ShardVerification.Verify(conditions.Data, threads, dataProgress, cancellationToken: cancellationToken);
        if (!data.Holds)
            throw new PlanGateClosedException(PlanGateReport.Create(conditions, data, [], Stopwatch.GetElapsedTime(started)));
        try
        {
            var judgments = requirements.Judge(conditions, progress, cancellationToken);
            return PlanGateReport.Create(conditions, data, judgments, Stopwatch.GetElapsedTime(started));
        }
        finally
        {
            OracleCache.Clear();
        }
    }
}
