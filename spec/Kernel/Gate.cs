using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Spec.Kernel;

/// <summary>
/// Judges the whole catalogue on the run's own device, number type, configuration, tokenizer, data and seed. Only it can
/// give the <see cref="Clearance"/> that a trainer asks for.
/// </summary>
public static class Gate
{
    /// <summary>Judges a plan and opens, or says why not.</summary>
    /// <param name="plan">The run that waits.</param>
    /// <param name="progress">Is told of every judgement.</param>
    /// <param name="context">Which of the processes of the run judges; null for one alone.</param>
    /// <param name="cancellationToken">Ends the judging.</param>
    /// <exception cref="GateClosedException">A requirement does not hold; names every one that does not, with its numbers.</exception>
    public static Clearance Clear(TrainingPlan plan, IProgress<Judgement>? progress = null, DistributedContext? context = null, CancellationToken cancellationToken = default)
    {
        var report = Judge(plan, RequirementCatalogue.All, progress, context, cancellationToken);
        if (!report.IsOpen) throw new GateClosedException(report);
        FreedMemory.Release();      // training needs less than the oracles did
        var json = report.ToJson();
        return new Clearance(plan, json, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json))), report.RequirementCount);
    }

    /// <summary>Judges requirements on all their canonical cases, whatever comes out.</summary>
    /// <param name="plan">The run under whose conditions they are judged.</param>
    /// <param name="requirements">Which ones.</param>
    /// <param name="progress">Is told of every judgement.</param>
    /// <param name="context">Which of the processes of the run judges; null for one alone.</param>
    /// <param name="cancellationToken">Ends the judging.</param>
    public static GateReport Judge(
        TrainingPlan plan, IReadOnlyList<Requirement> requirements, IProgress<Judgement>? progress = null, DistributedContext? context = null, CancellationToken cancellationToken = default)
    {
        CheckedOperators.SetNumThreads((context ?? DistributedContext.SingleProcess).GetThreadCount(plan));
        using var conditions = new Conditions(plan);
        var started = Stopwatch.GetTimestamp();
        var judgements = new List<Judgement>();
        foreach (var requirement in requirements)
            for (var i = 0; i < requirement.CaseNames.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var began = Stopwatch.GetTimestamp();
                var verdict = requirement.Judge(i, conditions);
                var judgement = new Judgement(requirement, i, verdict, Stopwatch.GetElapsedTime(began));
                judgements.Add(judgement);
                progress?.Report(judgement);
            }
        return GateReport.Create(conditions, judgements, Stopwatch.GetElapsedTime(started));
    }
}

/// <summary>One requirement on one case.</summary>
/// <param name="Requirement">What was judged.</param>
/// <param name="CaseIndex">Number of the canonical case.</param>
/// <param name="Verdict">What was found.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record Judgement(Requirement Requirement, int CaseIndex, Verdict Verdict, TimeSpan Elapsed);
