using TurkishLlm.Plans;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Training.Safety;

/// <summary>
/// Decides before each step whether its gradient may change the weights. A function of the accepted steps, so a resumed run
/// decides like an uninterrupted one.
/// </summary>
/// <remarks>Spec: SAF-01, SAF-02, SAF-03.</remarks>
public sealed class DivergenceGuard
{
    private readonly SafetyPlan _plan;
    private readonly SpikeWindow _losses, _norms;

    /// <param name="plan">Thresholds and actions.</param>
    /// <param name="state">The state at the last save.</param>
    public DivergenceGuard(SafetyPlan plan, SafetyState state)
    {
        _plan = plan;
        RefusedBatches = state.RefusedBatches;
        _losses = new(plan.SpikeWindow, state.RecentLosses);
        _norms = new(plan.SpikeWindow, state.RecentNorms);
    }

    /// <summary>Number of batches refused so far.</summary>
    public int RefusedBatches { get; private set; }

    /// <summary>Losses of the last accepted steps, oldest first.</summary>
    public IReadOnlyList<double> RecentLosses => _losses.Values;

    /// <summary>Gradient norms of the last accepted steps, oldest first.</summary>
    public IReadOnlyList<double> RecentNorms => _norms.Values;

    /// <summary>Checks a batch without recording it.</summary>
    /// <param name="loss">Its loss.</param>
    /// <param name="gradientNorm">Norm of its gradient, before clipping.</param>
    public DivergenceCheckResult Check(double loss, double gradientNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(gradientNorm))
            return CreateResult(loss, gradientNorm, null, null, _plan.OnDivergence);
        var (lossZ, normZ) = (_losses.GetZScore(loss), _norms.GetZScore(gradientNorm));
        var jumped = _plan.SpikeZScore > 0 && (lossZ >= _plan.SpikeZScore || normZ >= _plan.SpikeZScore);
        return CreateResult(loss, gradientNorm, lossZ, normZ, jumped ? _plan.OnSpike : null);
    }

    /// <summary>Records a batch that changed the weights.</summary>
    public void Accept(DivergenceCheckResult checkResult)
    {
        _losses.Add(checkResult.Loss);
        _norms.Add(checkResult.GradientNorm);
    }

    /// <summary>Counts a refused batch.</summary>
    public void Refuse() => RefusedBatches++;

    private DivergenceCheckResult CreateResult(
        double loss, double norm, double? lossZ, double? normZ,
        DivergenceAction? action) =>
        action is DivergenceAction.Skip or DivergenceAction.Rollback && RefusedBatches >= _plan.MaxRefusedBatches
            ? new(loss, norm, lossZ, normZ, DivergenceAction.Stop, IsLimitReached: true)
            : new(loss, norm, lossZ, normZ, action);
}
