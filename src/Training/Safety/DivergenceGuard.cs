namespace TurkishLlm.Training;

/// <summary>
/// Decides before each step whether its gradient may move the weights. A function of the steps it accepted, so that a
/// resumed run decides as the uninterrupted one.
/// </summary>
/// <remarks>Spec: SAF-01, SAF-02, SAF-03.</remarks>
public sealed class DivergenceGuard
{
    private readonly SafetyPlan _plan;
    private readonly SpikeWindow _losses, _norms;

    /// <param name="plan">What is a jump, and what is done about one.</param>
    /// <param name="state">What was remembered when the run was saved.</param>
    public DivergenceGuard(SafetyPlan plan, SafetyState state)
    {
        _plan = plan;
        Refused = state.RefusedBatches;
        _losses = new(plan.SpikeWindow, state.RecentLosses);
        _norms = new(plan.SpikeWindow, state.RecentNorms);
    }

    /// <summary>Batches that were refused so far.</summary>
    public int Refused { get; private set; }

    /// <summary>Losses of the last accepted steps, oldest first.</summary>
    public IReadOnlyList<double> RecentLosses => _losses.Values;

    /// <summary>Gradient norms of the last accepted steps, oldest first.</summary>
    public IReadOnlyList<double> RecentNorms => _norms.Values;

    /// <summary>Looks at a batch. Remembers nothing of it.</summary>
    /// <param name="loss">Its loss.</param>
    /// <param name="gradientNorm">Norm of its gradient, before clipping.</param>
    public BatchVerdict Judge(double loss, double gradientNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(gradientNorm)) return Verdict(loss, gradientNorm, null, null, _plan.OnDivergence);
        var (lossZ, normZ) = (_losses.ZScore(loss), _norms.ZScore(gradientNorm));
        var jumped = _plan.SpikeZScore > 0 && (lossZ >= _plan.SpikeZScore || normZ >= _plan.SpikeZScore);
        return Verdict(loss, gradientNorm, lossZ, normZ, jumped ? _plan.OnSpike : null);
    }

    /// <summary>Remembers a batch that moved the weights.</summary>
    public void Accept(BatchVerdict verdict)
    {
        _losses.Add(verdict.Loss);
        _norms.Add(verdict.GradientNorm);
    }

    /// <summary>Counts a batch that did not.</summary>
    public void Refuse() => Refused++;

    private BatchVerdict Verdict(double loss, double norm, double? lossZ, double? normZ, Remedy? remedy) =>
        remedy is Remedy.Skip or Remedy.Rollback && Refused >= _plan.MaxEvents
            ? new(loss, norm, lossZ, normZ, Remedy.Stop, TooMany: true)
            : new(loss, norm, lossZ, normZ, remedy);
}
