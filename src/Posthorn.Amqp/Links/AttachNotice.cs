using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Links;

/// <summary>Asks the host to decide on an attach. When that takes time, nobody else waits for it.</summary>
internal sealed class AttachNotice(Link link, AttachRequest request) : INotice
{
    public void Deliver()
    {
        if (link.State != LinkState.Attaching) return;
        var decision = link.Connection.Container.AttachAsync(request, link.Ended);
        if (decision.IsCompletedSuccessfully) Answer(decision.Result);
        else _ = AnswerAsync(decision.AsTask());
    }

    public void Fail(Exception fault) => link.Fault(fault);

#pragma warning disable CA1031 // The host's fault ends the link.
    private async Task AnswerAsync(Task<AttachReply> decision)
    {
        try
        {
            Answer(await decision);
        }
        catch (OperationCanceledException)
        {
            Answer(new AttachReply.Refuse(new(ErrorCondition.DetachForced, "The decision was given up.")));
        }
        catch (Exception fault)
        {
            link.Fault(fault);
        }

        await link.Connection.Notices.DeliverAsync();
    }
#pragma warning restore CA1031

    private void Answer(AttachReply reply)
    {
        lock (link.Connection.Gate) link.Answer(reply);
    }
}
