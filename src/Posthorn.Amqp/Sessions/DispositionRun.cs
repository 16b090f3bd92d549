using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Sessions;

/// <summary>
/// Puts what is said of deliveries that follow one another into one disposition (AMQP 1.0 §2.7.6): it is held until the session says
/// something else or the connection is flushed.
/// </summary>
internal sealed class DispositionRun(AmqpSession session)
{
    private Disposition _run;
    private bool _isEmpty = true;
    private bool _isAnnounced;

    /// <summary>Says something of one delivery.</summary>
    public void Add(Disposition one)
    {
        if (!_isEmpty && Continues(one))
        {
            _run = _run with { Last = one.Last };
            return;
        }

        Write();
        (_run, _isEmpty) = (one, false);
        if (!_isAnnounced) session.Connection.WriteLater(session);
        _isAnnounced = true;
    }

    /// <summary>The connection is about to be flushed.</summary>
    public void Flush()
    {
        Write();
        _isAnnounced = false;
    }

    /// <summary>Writes what was held.</summary>
    public void Write()
    {
        if (_isEmpty) return;
        _isEmpty = true;
        _run.Write(session.Connection.Output.Frames.Start(session.RemoteChannel));
        session.Connection.EndFrame();
    }

    private bool Continues(Disposition one) =>
        one.First == _run.Last + 1 && one.Role == _run.Role && one.Settled == _run.Settled && Equals(one.State, _run.State);
}
